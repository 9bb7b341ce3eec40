#include "serve/status_site.hpp"

#include <algorithm>

#include "serve/status_view.hpp"

namespace kulla::serve {
bool is_page_name(std::string_view id) {
  const auto plain = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
  return !id.empty() && id.size() <= 64 && id.front() != '.' && std::ranges::all_of(id, plain);
}

namespace {
std::vector<StatusFile> files_of(const site::ViewPointer& view, Timestamp changed) {
  std::vector<StatusFile> files;
  site::add_feeds(files, view);
  site::add_data(files, view);
  site::add_pages(files, view);
  site::add_now(files, view, changed);
  return files;
}
/// Of what a reader would call news; the time and the ledger's head are not.
std::size_t news_of(const site::View& view) {
  return site::Inputs{}.add(view.incidents_inputs, view.picture.data_checked, view.next_update()).hash();
}
}  // namespace

std::vector<StatusFile> status_files(const StatusPicture& picture, const StatusSettings& settings, const Zone& zone, Timestamp changed) {
  return files_of(std::make_shared<const site::View>(picture, settings, zone), changed);
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
  const auto view = std::make_shared<const site::View>(picture, settings_, zone_);
  if (const auto news = news_of(*view); changed_ == Timestamp{} || news != told_) told_ = news, changed_ = picture.time;
  return folder_.write(files_of(view, changed_), picture.time);
}
}  // namespace kulla::serve
