#include "serve/status_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>

#include "base/file.hpp"

namespace kulla::serve {
namespace {
constexpr mode_t file_mode = 0644, folder_mode = 0755;
constexpr std::size_t worth_compressing = std::size_t{16} << 10;
constexpr std::size_t file_limit = std::size_t{64} << 20;
constexpr std::size_t at_once = 2048;  // files that lie beside at one time, some 15 MB: bounds the space that a rewriting of all needs
constexpr std::size_t synced_singly = 16;  // more are synced with their whole file system, which costs one wait instead of so many

Result<std::string> gzip(std::string_view content) {
  z_stream stream{};
  if (::deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return fail(Code::io, "zlib does not start");
  std::string packed(::deflateBound(&stream, static_cast<uLong>(content.size())) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int answer = ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (answer != Z_STREAM_END) return fail(Code::io, "zlib does not finish");
  return packed;
}

Result<> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", folder.string(), error.message()));
  if (::chmod(folder.c_str(), folder_mode) != 0) return fail_errno(folder.string());
  return {};
}
std::filesystem::path with(std::filesystem::path path, std::string_view end) {
  path += end;
  return path;
}
}  // namespace

bool StatusFolder::is_due(const StatusFile& file, Timestamp now) const {
  const auto known = known_.find(file.path);
  if (known == known_.end() || file.inputs == 0 || known->second.inputs != file.inputs) return true;
  const std::chrono::seconds half = renewed_within / 2;  // by their names, so that not all are made at once
  const auto after = half + std::chrono::seconds{std::hash<std::string>{}(file.path) % static_cast<std::size_t>(half.count())};
  return now < known->second.written || now - known->second.written >= after;
}

/// One name beside for each file: what a crash left there is written over the next time.
Result<> StatusFolder::lay_beside(const std::filesystem::path& path, std::string_view content, std::vector<Piece>& pieces) {
  auto beside = with(path, ".new");
  const Descriptor file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, file_mode)};
  if (!file) return fail_errno(beside.string());
  pieces.push_back({path, beside});
  if (::fchmod(file.get(), file_mode) != 0) return fail_errno(beside.string());
  return write_all(file.get(), content, beside.string());
}

/// True where it differs from what is there.
Result<bool> StatusFolder::put(const StatusFile& file, std::vector<Piece>& pieces) {
  const auto path = folder_ / file.path;
  const auto content = file.content();
  if (const auto present = read_file(path, file_limit); present && *present == content) return false;
  KULLA_CHECK(make_folder(path.parent_path()));
  KULLA_CHECK(lay_beside(path, content, pieces));
  const auto packed_path = with(path, ".gz");
  if (content.size() >= worth_compressing) {
    KULLA_TRY(const auto packed, gzip(content));
    KULLA_CHECK(lay_beside(packed_path, packed, pieces));
  } else if (::unlink(packed_path.c_str()) != 0 && errno != ENOENT) {
    return fail_errno(packed_path.string());  // an old one would be served in place of the file
  }
  return true;
}

Result<> StatusFolder::settle(std::vector<Piece>& pieces) {
  if (pieces.empty()) return {};
  const bool singly = pieces.size() <= synced_singly;
  for (const auto& piece : pieces) {
    const Descriptor file{::open(piece.beside.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file || (singly ? ::fsync(file.get()) : ::syncfs(file.get())) != 0) return fail_errno(piece.beside.string());
    if (!singly) break;
  }
  std::set<std::filesystem::path> folders;
  for (const auto& piece : pieces) {
    if (::rename(piece.beside.c_str(), piece.path.c_str()) != 0) return fail_errno(piece.path.string());
    folders.insert(piece.path.parent_path());
  }
  pieces.clear();
  for (const auto& folder : folders) KULLA_CHECK(sync_folder(folder));
  return {};
}

Result<> StatusFolder::remove_strangers(std::span<const StatusFile> files) {
  std::set<std::filesystem::path> wanted, folders;
  for (const auto& file : files) {
    const std::filesystem::path path{file.path};
    wanted.insert(path);
    if (path.has_parent_path()) folders.insert(path.parent_path());
  }
  for (const auto& folder : folders) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / folder, error)) {
      auto name = folder / entry.path().filename();
      if (name.extension() == ".gz") name.replace_extension();
      const bool page = name.extension() == ".html" || name.extension() == ".json";
      if (page && !wanted.contains(name) && ::unlink(entry.path().c_str()) != 0) return fail_errno(entry.path().string());
    }
    if (error) return fail(Code::io, fmt::format("{}: {}", (folder_ / folder).string(), error.message()));
  }
  std::erase_if(known_, [&](const auto& known) { return !wanted.contains(known.first); });
  looked_ = true;
  return {};
}

/// Those of a file that could not be laid down whole.
void StatusFolder::drop(std::vector<Piece>& pieces, std::size_t from) {
  for (auto i = from; i < pieces.size(); ++i) ::unlink(pieces[i].beside.c_str());
  pieces.resize(from);
}

/// What lies beside is made the files, or taken away again.
Result<> StatusFolder::finish(Batch& batch, Timestamp now) {
  auto settled = settle(batch.pieces);
  for (const auto& piece : batch.pieces) ::unlink(piece.beside.c_str());
  if (settled)
    for (const auto* file : batch.files) {
      looked_ = looked_ && known_.contains(file->path);
      known_[file->path] = {file->inputs, now};
    }
  batch = {};
  return settled;
}

/// The error is the first one.
Result<> StatusFolder::write_some(std::span<const StatusFile> files, bool each_time, Timestamp now, Written& written) {
  Result<> first;
  const auto note = [&first](Result<> done) {
    if (first && !done) first = std::move(done);
  };
  Batch batch;
  for (const auto& file : files) {
    if ((file.inputs == 0) != each_time || !is_due(file, now)) continue;
    const auto before = batch.pieces.size();
    const auto differs = put(file, batch.pieces);
    if (differs) batch.files.push_back(&file), written.files += *differs ? 1 : 0;
    else drop(batch.pieces, before), note(std::unexpected(differs.error()));
    if (batch.pieces.size() >= at_once) note(finish(batch, now));
  }
  note(finish(batch, now));
  return first;
}

Result<Written> StatusFolder::write(std::span<const StatusFile> files, Timestamp now) {
  Written written{0, files.size()};
  if (files.empty()) return written;
  const auto all_but_last = files.first(files.size() - 1);
  auto fresh = write_some(all_but_last, true, now, written);
  auto rest = write_some(all_but_last, false, now, written);
  for (auto* done : {&fresh, &rest})
    if (!*done) return std::unexpected(std::move(*done).error());
  KULLA_CHECK(write_some(files.last(1), files.back().inputs == 0, now, written));
  if (!looked_ || known_.size() != files.size()) KULLA_CHECK(remove_strangers(files));
  return written;
}
}  // namespace kulla::serve
