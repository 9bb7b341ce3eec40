// Windows event logs (EVTX): from the file's bytes to events, with Sigma's field names. Written after the published descriptions of the
// format (libyal's "Windows XML Event Log (EVTX) format", [MS-EVEN6] for BinXML and how its values are written as text).
//
// Fields. Of System: Provider_Name, EventID, EventID_Qualifiers, TimeCreated, Execution_ProcessID, Security_UserID …: an element by its
// name, an attribute as Element_Attribute. Of EventData: <Data Name="X"> is X, an unnamed <Data> is Data, once for each value. Of UserData:
// the innermost elements by their own names. Of other parts of an event (RenderingInfo): Part_Element. A namespace is no field, nor is a
// value that is null or absent; an empty string is an empty field. An array gives a field for each of its values.
//
// Damage. A chunk with a wrong checksum or no header is still searched for records; a record that is bad in part gives the fields that
// could be read; all of it is told in losses(). Zero-filled chunks were never used, and are no loss.
//
// Hostile input. Every offset is checked; depth, text and work are bounded for each record and for each chunk, far above what an
// honest one of that size can need; what goes beyond is lost, and told.
#pragma once
#include <memory>

#include "event/reader.hpp"

namespace kulla::event {

/// For a whole file, or a piece of one that begins at a chunk ("ElfChnk\0"): pieces can be read side by side.
/// Event::number counts records as they stand in the input; recorded and happened are TimeCreated; product is "windows".
[[nodiscard]] std::unique_ptr<Reader> make_evtx_reader();

}  // namespace kulla::event
