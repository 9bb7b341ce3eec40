// Records a second from EVTX files, ours beside libevtx, on one core. Ours gives every field of every record as text; libevtx is asked for
// each record's XML, which is what it offers. bench_evtx [FILE|FOLDER], else the sigma-regression of KULLA_CORPUS.
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "detect/sigma/load.hpp"
#include "detect/sigma/matcher.hpp"
#include "event/evtx/evtx.hpp"
#include "support/corpus.hpp"
#include "support/cpu.hpp"
#ifdef KULLA_WITH_LIBEVTX
#include <libevtx/features.h>
#undef LIBEVTX_HAVE_BFIO  // its header wants another package's for functions that are not used here
#include <libevtx.h>
#endif

namespace {
using namespace kulla;
using bench::cpu;
namespace fs = std::filesystem;
constexpr double least_seconds = 2;
constexpr double wanted_rate = 500'000;

struct Figure {
  double records = 0, bytes = 0, fields = 0, seconds = 0;
  std::uint64_t losses = 0;  ///< of one round
  [[nodiscard]] double rate() const { return records / seconds; }
};

/// Repeats `once`, which adds to the figure, for long enough.
Figure measure(const auto& once) {
  Figure figure;
  for (const double start = cpu(); figure.seconds < least_seconds; figure.seconds = cpu() - start) once(figure);
  return figure;
}

struct Recording {
  fs::path path;
  std::string bytes;
};

std::vector<Recording> recordings(const fs::path& where) {
  std::vector<Recording> found;
  const auto take = [&](const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    found.push_back({path, {std::istreambuf_iterator<char>{file}, {}}});
    found.back().bytes.reserve(found.back().bytes.size() + event::read_padding);
  };
  if (fs::is_regular_file(where)) take(where);
  else if (fs::is_directory(where))
    for (const auto& entry : fs::recursive_directory_iterator{where})
      if (entry.path().extension() == ".evtx") take(entry.path());
  return found;
}

constexpr std::size_t file_header = 4096, chunk_size = 65536, chunk_header = 512;

/// The chunks that hold records, one behind the other.
std::string joined(const std::vector<Recording>& files) {
  std::string all;
  for (const auto& file : files)
    for (std::size_t at = file_header; at + chunk_size <= file.bytes.size(); at += chunk_size)
      if (file.bytes[at] != 0) all.append(file.bytes, at, chunk_size);
  all.reserve(all.size() + event::read_padding);
  return all;
}

template <typename T>
T number(std::string_view bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}
template <typename T>
void set(std::string& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// The fragment at `at` as a later record has it: without the templates that it brings, which it then only refers to.
std::string referring(std::string_view chunk, std::size_t at, std::size_t end) {
  constexpr std::size_t head = 14, definition_head = 24;  // of a fragment with an instance, of a template's definition
  if (end - at < head || chunk[at] != 0x0F || chunk[at + 4] != 0x0C) return std::string{chunk.substr(at, end - at)};
  std::string out{chunk.substr(at, head)};
  const bool brings_it = number<std::uint32_t>(chunk, at + head - 4) == at + head;
  at += head + (brings_it ? definition_head + number<std::uint32_t>(chunk, at + head + definition_head - 4) : 0);
  const auto count = number<std::uint32_t>(chunk, at);
  const auto descriptors = at + 4, written = out.size() + 4;
  out += chunk.substr(at, 4 + 4 * count);
  at = descriptors + 4 * count;
  for (std::size_t n = 0; n < count; ++n) {
    const auto size = number<std::uint16_t>(chunk, descriptors + 4 * n);
    const bool is_fragment = chunk[descriptors + 4 * n + 2] == 0x21;
    const auto value = is_fragment ? referring(chunk, at, at + size) : std::string{chunk.substr(at, size)};
    set(out, written + 4 * n, static_cast<std::uint16_t>(value.size()));
    out += value, at += size;
  }
  return out += chunk.substr(at, end - at);
}

/// A full chunk, as those of a running system are: the first record of this one, again and again, with their templates only once.
std::string full(std::string chunk) {
  constexpr std::size_t head = 24, last_number_at = 16, last_id_at = 32, last_record_at = 44, free_space_at = 48, records_sum_at = 52;
  const auto crc = [&](std::size_t at, std::size_t size, std::uint32_t before = 0) {
    return static_cast<std::uint32_t>(::crc32(before, reinterpret_cast<const Bytef*>(chunk.data() + at), static_cast<uInt>(size)));
  };
  auto size = number<std::uint32_t>(chunk, chunk_header + 4);
  auto again = referring(chunk, chunk_header + head, chunk_header + size - 4);
  again = chunk.substr(chunk_header, head) + again + std::string(4, '\0');
  std::size_t at = chunk_header + size, last = chunk_header;
  size = static_cast<std::uint32_t>(again.size());
  set(again, 4, size), set(again, size - 4, size);
  for (std::uint64_t id = number<std::uint64_t>(chunk, chunk_header + 8); at + size <= chunk_size; at += size) {
    set(again, 8, ++id), chunk.replace(at, size, again), last = at;
    for (const auto count_at : {last_number_at, last_id_at}) set(chunk, count_at, number<std::uint64_t>(chunk, count_at) + 1);
  }
  set(chunk, last_record_at, static_cast<std::uint32_t>(last));
  set(chunk, free_space_at, static_cast<std::uint32_t>(at));
  set(chunk, records_sum_at, crc(chunk_header, at - chunk_header));
  set(chunk, 124, crc(128, 384, crc(0, 120)));
  return chunk;
}

std::vector<Recording> filled(const std::vector<Recording>& files, const fs::path& folder) {
  std::vector<Recording> made;
  for (const auto& file : files) {
    if (file.bytes.size() < file_header + chunk_size) continue;
    made.push_back({folder / file.path.filename(), file.bytes.substr(0, file_header) + full(file.bytes.substr(file_header, chunk_size))});
    std::ofstream{made.back().path, std::ios::binary} << made.back().bytes;
  }
  return made;
}

Figure ours(const std::string& input) {
  return measure([&](Figure& figure) {
    const auto reader = event::make_evtx_reader();
    reader->read(input, true, [&](const event::Event& event) { figure.fields += static_cast<double>(event.fields().size()); });
    figure.records += static_cast<double>(reader->last_number());
    figure.bytes += static_cast<double>(input.size());
    figure.losses = reader->losses().records;
  });
}

/// The same with all rules; nothing where there are none.
std::optional<Figure> with_rules(const std::string& input) {
  static const auto rules = [] {
    const auto loaded = detect::sigma::load({bench::corpus() / "sigma"}, {.pipelines = detect::sigma::Pipelines::standard().value()});
    return loaded ? loaded->rules : nullptr;
  }();
  if (!rules) return std::nullopt;
  detect::sigma::Matcher matcher{rules};
  const auto once = [&](Figure& figure) {
    const auto reader = event::make_evtx_reader();
    reader->read(input, true, [&](const event::Event& event) { figure.fields += static_cast<double>(matcher.match(event).size()); });
    figure.records += static_cast<double>(reader->last_number());
    figure.bytes += static_cast<double>(input.size());
  };
  Figure warm;
  for (std::uint32_t round = 0; round <= detect::sigma::Observed::enough; ++round) once(warm);  // the programs are made
  return measure(once);
}

#ifdef KULLA_WITH_LIBEVTX
/// The record's XML; false where libevtx cannot.
bool read_record(libevtx_record_t* record, std::vector<std::uint8_t>& xml) {
  std::size_t size = 0;
  if (libevtx_record_get_utf8_xml_string_size(record, &size, nullptr) != 1) return false;
  xml.resize(std::max(xml.size(), size));
  return libevtx_record_get_utf8_xml_string(record, xml.data(), size, nullptr) == 1;
}

void read_file(const Recording& recording, Figure& figure) {
  static std::vector<std::uint8_t> xml;
  libevtx_file_t* file = nullptr;
  int records = 0;
  if (libevtx_file_initialize(&file, nullptr) != 1) return;
  if (libevtx_file_open(file, recording.path.c_str(), LIBEVTX_OPEN_READ, nullptr) == 1) {
    libevtx_file_get_number_of_records(file, &records, nullptr);
    for (int n = 0; n < records; ++n) {
      libevtx_record_t* record = nullptr;
      if (libevtx_file_get_record_by_index(file, n, &record, nullptr) != 1) continue;
      figure.records += read_record(record, xml);
      libevtx_record_free(&record, nullptr);
    }
    libevtx_file_close(file, nullptr);
  }
  libevtx_file_free(&file, nullptr);
  figure.bytes += static_cast<double>(recording.bytes.size());
}

std::optional<Figure> peers(const std::vector<Recording>& files) {
  return measure([&](Figure& figure) {
    for (const auto& file : files) read_file(file, figure);
  });
}
#else
std::optional<Figure> peers(const std::vector<Recording>&) { return std::nullopt; }
#endif

/// Prints both; returns our rate.
double compare(const char* what, const std::vector<Recording>& files) {
  const auto input = joined(files);
  const auto mine = ours(input);
  fmt::print("  {}: {} chunks, {:.0f} records in each, {:.1f} fields a record\n", what, input.size() / chunk_size,
             mine.records / (mine.bytes / chunk_size), mine.fields / mine.records);
  fmt::print("    ours      {:>10.0f} records/s   {:>7.0f} MB/s   {} losses\n", mine.rate(), mine.bytes / mine.seconds / 1e6, mine.losses);
  if (const auto hunted = with_rules(input))
    fmt::print("    all rules {:>10.0f} records/s   {:>7.0f} MB/s   {:.0f} % of it spent on reading\n", hunted->rate(),
               hunted->bytes / hunted->seconds / 1e6, 100 * hunted->rate() / mine.rate());
  if (const auto peer = peers(files))
    fmt::print("    libevtx   {:>10.0f} records/s   {:>7.0f} MB/s   ours is {:.0f} times as fast\n", peer->rate(),
               peer->bytes / peer->seconds / 1e6, mine.rate() / peer->rate());
  else fmt::print("    libevtx   not installed (libevtx-dev)\n");
  return mine.rate();
}
}  // namespace

int main(int argc, char** argv) {
  const auto where = argc > 1 ? fs::path{argv[1]} : bench::corpus() / "sigma-regression";
  const auto files = recordings(where);
  if (files.empty()) return fmt::print(stderr, "evtx: no .evtx in {}: name a file or folder, or set KULLA_CORPUS\n", where.string()), 2;
  const auto folder = fs::temp_directory_path() / fmt::format("bench-evtx-{}", ::getpid());
  fs::create_directories(folder);
  const auto dense = filled(files, folder);
  fmt::print("evtx: {} files; wanted {:.0f} records/s from full chunks\n", files.size(), wanted_rate);
  const double rate = compare("as they are", files);
  const double dense_rate = dense.empty() ? rate : compare("chunks filled with their first record", dense);
  fs::remove_all(folder);
  return dense_rate >= wanted_rate ? 0 : 1;
}
