// One thing in an archive, in memory.
#pragma once
#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <string_view>

namespace kulla::planted {

inline std::string archived(int (*format)(archive*), int (*filter)(archive*), const char* name, std::string_view content) {
  std::string room(content.size() + 65536, '\0');
  std::size_t used = 0;
  auto* writer = ::archive_write_new();
  (void)format(writer);
  (void)filter(writer);
  ::archive_write_open_memory(writer, room.data(), room.size(), &used);
  auto* entry = ::archive_entry_new();
  ::archive_entry_set_pathname(entry, name);
  ::archive_entry_set_filetype(entry, AE_IFREG);
  ::archive_entry_set_perm(entry, 0644);
  ::archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
  ::archive_write_header(writer, entry);
  ::archive_write_data(writer, content.data(), content.size());
  ::archive_entry_free(entry);
  ::archive_write_free(writer);
  return room.substr(0, used);
}
inline std::string zip_of(const char* name, std::string_view content) {
  return archived(&::archive_write_set_format_zip, &::archive_write_add_filter_none, name, content);
}
inline std::string gzip_of(std::string_view content) {
  return archived(&::archive_write_set_format_raw, &::archive_write_add_filter_gzip, "content", content);
}

}  // namespace kulla::planted
