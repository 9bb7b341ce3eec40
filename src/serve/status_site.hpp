// The public status page as static files, for any web server or CDN: written by the daemon, and whole and true without it. Start here.
//   status_picture.hpp  what is told                     status_view.hpp   one picture with what pages look up in it
//   status_pages.cpp    the pages                        status_data.cpp   JSON        status_feed.cpp  Atom and RSS
//   status_folder.hpp   how files are written            web/status/       style, script, and the words of each language
// docs/status-page.md lists the files.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "serve/status_folder.hpp"
#include "serve/status_picture.hpp"
#include "serve/status_zone.hpp"

namespace kulla::serve {

struct StatusSettings {
  std::filesystem::path folder{};
  std::string url{};                                 ///< where the folder is seen from outside, with '/' at its end; feeds name it
  std::vector<std::string> languages{"sq", "en"};    ///< the first one's pages lie at the top, the others' in folders of that name
  std::string time_zone = "Europe/Tirane";
  std::chrono::milliseconds every{5000};             ///< how often it is written: a page that is much older is stale
};

/// All files of the page. Pure; what they are made of outlives them. `changed`: when something of it last changed besides the time.
[[nodiscard]] std::vector<StatusFile> status_files(const StatusPicture& picture, const StatusSettings& settings, const Zone& zone,
                                                   Timestamp changed);

class StatusSite {
 public:
  /// Code::bad_argument for a language without messages, or an unknown time zone.
  [[nodiscard]] static Result<StatusSite> open(StatusSettings settings);
  /// Writes what changed. On an error the files that could not be written stay as they were, and are tried again the next time.
  [[nodiscard]] Result<Written> write(const StatusPicture& picture);

 private:
  StatusSite(StatusSettings settings, Zone zone);
  StatusSettings settings_;
  Zone zone_;
  StatusFolder folder_;
  std::size_t told_ = 0;  ///< a hash of what was last told
  Timestamp changed_;
};

}  // namespace kulla::serve
