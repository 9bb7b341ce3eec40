// Inputs: which files a command line names, and what they hold as a stream of bytes, uncompressed and in UTF-8.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kulla::event {

/// Bytes from the beginning to the end, once.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills the front of `into` (not empty) with at least one byte; 0 is the end. After an error every further call gives it again.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> into) = 0;
  /// Bytes of the file itself that were read so far: how far it is.
  [[nodiscard]] virtual std::uint64_t taken() const = 0;
};

/// Opens a file, or standard input for "-". What is compressed is recognised by its first bytes and unpacked as it is read: gzip (RFC 1952,
/// members one after the other, zeros after the last) and Zstandard (RFC 8878, frames one after the other, windows to 128 MiB). Memory is
/// bounded whatever it unpacks to. A damaged or cut file gives what it holds, then Code::damaged_input with its name and the offset in it.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_input(const std::string& path);

/// The same bytes as UTF-8: UTF-16 is transcoded where it begins with its byte-order mark, one of UTF-8 is removed, all else passes as it is.
class TextStream final : public ByteStream {
 public:
  explicit TextStream(std::unique_ptr<ByteStream> bytes);
  [[nodiscard]] Result<std::size_t> read(std::span<char> into) override;
  [[nodiscard]] std::uint64_t taken() const override { return bytes_->taken(); }
  /// Surrogates without their other half, and half units at the end; each became U+FFFD.
  [[nodiscard]] std::uint64_t unpaired() const { return unpaired_; }

 private:
  enum class Encoding { unknown, utf8, utf16le, utf16be };
  Result<> find_encoding();
  Result<> transcode_next();
  void transcode(std::string_view bytes);
  void take_unit(std::uint16_t unit);
  void take_end();
  void add_replacement();

  std::unique_ptr<ByteStream> bytes_;
  Encoding encoding_ = Encoding::unknown;
  std::string ready_;  // not yet handed out, from ready_at_
  std::size_t ready_at_ = 0;
  std::string odd_;  // the first byte of a unit whose second has not come
  std::uint16_t high_ = 0;  // a high surrogate that waits for its low one
  std::uint64_t unpaired_ = 0;
  bool ended_ = false;
};

/// Appends to `bytes` until they are `size`. False at the end of the stream.
[[nodiscard]] Result<bool> fill(ByteStream& from, std::string& bytes, std::size_t size);

struct Inputs {
  std::vector<std::string> files;  ///< as named; those of a folder below its name, sorted by name
  std::vector<std::string> unreadable;  ///< folders below a named one that could not be read, with the reason
};
/// A path to a file, or "-", stands for itself; a folder for all regular files below it. Links to files count as files; links to folders
/// below a named one are not followed. A path that is not there is an error.
[[nodiscard]] Result<Inputs> list_inputs(const std::vector<std::string>& paths);

}  // namespace kulla::event
