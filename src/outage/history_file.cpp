// Roll-ups as bytes: "KOH1", then packed columns; within a column one target after the other, each cell less the one before it.
#include <fmt/format.h>

#include <array>

#include "outage/history.hpp"
#include "outage/store_row.hpp"
#include "outage/store_zstd.hpp"

namespace kulla::outage {
namespace {
using namespace store;
constexpr std::string_view magic = "KOH1";
constexpr std::uint64_t targets_most = 1'000'000, name_bytes = 4096;

enum Part : std::size_t { names, asked, failed, took, conditions, parts };

struct Last {
  int asked = 0, took = 0, condition = 0;
};
void put_cell(std::array<std::string, parts>& columns, const Cell& cell, Last& last) {
  put_signed(columns[asked], cell.asked - last.asked);
  put_varint(columns[failed], static_cast<std::uint64_t>(cell.asked - cell.good));
  columns[took].push_back(static_cast<char>(cell.took - last.took));
  columns[conditions].push_back(static_cast<char>(static_cast<int>(cell.condition) ^ last.condition));
  last = {cell.asked, cell.took == 0 ? last.took : cell.took, static_cast<int>(cell.condition)};
}
bool read_cell(std::vector<ByteReader>& columns, Cell& cell, Last& last) {
  const auto count = last.asked + columns[asked].signed_varint();
  const auto bad = columns[failed].varint();
  cell.took = static_cast<std::uint8_t>(columns[took].byte() + last.took);
  const int condition = columns[conditions].byte() ^ last.condition;
  if (count < 0 || count > 65535 || std::cmp_greater(bad, count) || condition > static_cast<int>(Condition::no_data)) return false;
  cell.asked = static_cast<std::uint16_t>(count), cell.good = static_cast<std::uint16_t>(static_cast<std::uint64_t>(count) - bad);
  cell.condition = static_cast<Condition>(condition);
  last = {cell.asked, cell.took == 0 ? last.took : cell.took, condition};
  return true;
}
std::unexpected<Error> damaged(std::string_view what) { return fail(Code::store_damaged, fmt::format("history: {}", what)); }
}  // namespace

std::string history_bytes(const Tracks& tracks) {
  std::array<std::string, parts> columns;
  for (const auto& track : tracks.tracks) {
    KULLA_ASSERT(track.cells.size() == tracks.steps());
    const auto& target = track.target;
    for (const auto* text : {&target.name.str(), &target.group, &target.network, &target.institution}) put_text(columns[names], *text);
    put_varint(columns[names], static_cast<std::uint64_t>(target.every.count()));
    Last last;
    for (const auto& cell : track.cells) put_cell(columns, cell, last);
  }
  std::string bytes{magic};
  put_signed(bytes, micros_of(tracks.from));
  put_varint(bytes, static_cast<std::uint64_t>(tracks.step.count()));
  put_varint(bytes, tracks.tracks.size());
  put_varint(bytes, tracks.steps());
  for (const auto& column : columns) put_packed(bytes, column);
  return bytes;
}

Result<Tracks> read_history(std::string_view bytes) {
  if (!bytes.starts_with(magic)) return damaged("not a file of roll-ups");
  ByteReader read{bytes.substr(magic.size())};
  const auto from = read.signed_varint();
  const auto step = read.varint(), targets = read.varint(), steps = read.varint();
  if (!read.ok() || from < 0 || from > latest_micros || step == 0 || step > 366 * 86400 || targets > targets_most ||
      steps > History::cells_most || targets * steps > History::cells_most)
    return damaged("out of bounds");
  std::array<std::string, parts> columns;
  std::vector<ByteReader> readers;
  for (std::size_t part = 0; part < parts; ++part) {
    auto column = read_packed(read, part == names ? targets * name_bytes : targets * steps * 3);
    if (!column) return damaged("a column cannot be unpacked");
    columns[part] = std::move(*column);
    readers.emplace_back(columns[part]);
  }
  Tracks tracks{Timestamp{std::chrono::microseconds{from}}, std::chrono::seconds{static_cast<std::int64_t>(step)}, {}};
  for (std::uint64_t i = 0; i < targets; ++i) {
    auto& track = tracks.tracks.emplace_back();
    track.target.name = ServiceId{std::string{readers[names].text()}};
    for (auto* text : {&track.target.group, &track.target.network, &track.target.institution}) *text = readers[names].text();
    track.target.every = std::chrono::milliseconds{static_cast<std::int64_t>(readers[names].varint() & 0xFFFF'FFFF)};
    if (!readers[names].ok()) return damaged("a target's name is missing");
    Last last;
    track.cells.resize(steps);
    for (auto& cell : track.cells)
      if (!read_cell(readers, cell, last)) return damaged("a cell is out of bounds");
  }
  for (const auto& reader : readers)
    if (!reader.finished()) return damaged("a column is too long or too short");
  return tracks;
}
}  // namespace kulla::outage
