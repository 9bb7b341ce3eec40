#include "serve/status_site.hpp"

#include <algorithm>
#include <functional>

#include "serve/status_view.hpp"

namespace kulla::serve {
namespace {
/// Of what a reader would call news; the time and the ledger's head are not.
std::size_t news_of(const StatusPicture& picture) {
  std::string all;
  const auto add = [&all](const auto&... parts) { ((all += fmt::format("{}\n", parts)), ...); };
  for (const auto& service : picture.services)
    add(service.id.str(), static_cast<int>(service.state), service.share, service.next_update ? to_rfc3339(*service.next_update) : "");
  for (const auto& incident : picture.incidents) add(incident.id, incident.updates.size(), incident.ended ? 1 : 0);
  add(picture.data_checked ? to_rfc3339(*picture.data_checked) : "");
  return std::hash<std::string>{}(all);
}
}  // namespace

bool is_page_name(std::string_view id) {
  const auto plain = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
  return !id.empty() && id.size() <= 64 && id.front() != '.' && std::ranges::all_of(id, plain);
}

std::vector<StatusFile> status_files(const StatusPicture& picture, const StatusSettings& settings, const Zone& zone, Timestamp changed) {
  const site::View view{picture, settings, zone};
  std::vector<StatusFile> files;
  site::add_feeds(files, view);
  site::add_data(files, view);
  site::add_pages(files, view);
  site::add_now(files, view, changed);
  return files;
}

StatusSite::StatusSite(StatusSettings settings, Zone zone) : settings_(std::move(settings)), zone_(zone), folder_(settings_.folder) {}

Result<StatusSite> StatusSite::open(StatusSettings settings) {
  for (const auto& language : settings.languages)
    if (!Words::in(language)) return fail(Code::bad_argument, fmt::format("language \"{}\": there are no messages in it", language));
  if (settings.languages.empty()) return fail(Code::bad_argument, "no language");
  if (!settings.url.empty() && !settings.url.ends_with('/')) settings.url += '/';
  KULLA_TRY(const auto zone, Zone::find(settings.time_zone));
  return StatusSite{std::move(settings), zone};
}

Result<Written> StatusSite::write(const StatusPicture& picture) {
  if (const auto news = news_of(picture); changed_ == Timestamp{} || news != told_) told_ = news, changed_ = picture.time;
  const auto files = status_files(picture, settings_, zone_, changed_);
  return folder_.write(files, picture.time);
}
}  // namespace kulla::serve
