// One picture with what its pages look up in it, and the pieces that pages are made of. All of it lives during one writing.
#pragma once
#include <array>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "serve/status_days.hpp"
#include "serve/status_site.hpp"
#include "serve/status_words.hpp"

namespace kulla::serve::site {

inline constexpr std::size_t status_states = 8;

/// What a file is made of, as a hash. Parts are joined with their borders.
class Inputs {
 public:
  template <typename... Parts>
  Inputs& add(const Parts&... parts) {
    (one(parts), ...);
    return *this;
  }
  [[nodiscard]] std::size_t hash() const { return std::hash<std::string>{}(text_) | 1; }  ///< never 0

 private:
  void one(std::string_view text) { text_.append(text).push_back('\0'); }
  void one(std::integral auto number) { one(std::to_string(number)); }
  void one(Timestamp time) { one(time.time_since_epoch().count()); }
  void one(const std::optional<Timestamp>& time) { one(time ? time->time_since_epoch().count() : -1); }
  void one(const Texts& texts) {
    for (const auto& [language, text] : texts) one(language), one(text);
  }
  void one(const StatusUpdate& update) {
    add(update.version, update.at, update.texts, update.withdrawn.size());
    for (const auto& sentence : update.withdrawn) one(sentence);
  }
  std::string text_;
};

struct View {
  View(const StatusPicture& picture, const StatusSettings& settings, const Zone& zone);

  const StatusPicture& picture;
  const StatusSettings& settings;
  const Zone zone;
  std::vector<const StatusService*> services;  ///< those whose ids are fit for a file's name
  std::map<ServiceId, const StatusService*> by_id;
  struct Institution {
    const StatusInstitution* institution = nullptr;  ///< nullptr: the services of none
    std::vector<const StatusService*> services;
  };
  std::vector<Institution> institutions;       ///< none of them empty
  std::array<std::size_t, status_states> counts{};
  std::vector<Timestamp> bounds;               ///< of the days that pages look back
  std::vector<const StatusIncident*> incidents;  ///< those of these days

  [[nodiscard]] std::size_t count(StatusState state) const { return counts[static_cast<std::size_t>(state)]; }
  [[nodiscard]] std::size_t closed() const;
  [[nodiscard]] const StatusInstitution* institution_of(const StatusService& service) const;
  std::size_t services_inputs = 0, incidents_inputs = 0;  ///< of all of them
  [[nodiscard]] std::size_t inputs_of(const StatusService& service) const;
  /// The earliest promised; none where nothing is.
  [[nodiscard]] std::optional<Timestamp> next_update() const;
};

/// Where a page lies: in which language, and under which path below that language's own folder.
struct Place {
  const Words& words;
  std::string home;  ///< "" of the first language, "en/" of another
  std::string path;  ///< "service/e-tax.html"
  [[nodiscard]] std::string file() const { return home + path; }
  [[nodiscard]] std::string root() const;  ///< from the page to the site's top: "../../"
  /// From the page to another of the same language.
  [[nodiscard]] std::string to(std::string_view other) const { return root() + home + std::string(other); }
};
[[nodiscard]] std::string home_of(const StatusSettings& settings, std::string_view language);

[[nodiscard]] std::string_view shape_of(StatusState state);
[[nodiscard]] std::string_view name_of(StatusState state);

// ---- pieces of HTML; what goes into them is escaped here
[[nodiscard]] std::string escaped(std::string_view text);
/// Marked with its language where that is not the page's.
[[nodiscard]] std::string escaped(const Texts& texts, const Words& words);
[[nodiscard]] std::string name_of(const StatusService& service, const Words& words);  ///< as text
/// RFC 3339 as HTML and JSON readers like it: 2026-11-28T01:31:07Z.
[[nodiscard]] std::string to_the_second(Timestamp time);
/// The year is left out where it is the present one.
[[nodiscard]] std::string time_html(Timestamp time, const View& view, const Words& words);
[[nodiscard]] std::string state_text(const StatusService& service, const Words& words);
/// A list of services with their states.
[[nodiscard]] std::string services_html(std::span<const StatusService* const> services, const View& view, const Place& place);
[[nodiscard]] std::string incident_html(const StatusIncident& incident, const View& view, const Place& place, int heading);
[[nodiscard]] std::string days_html(const StatusService& service, const View& view, const Place& place);

struct Frame {
  std::string title, main;
  bool fresh = false;  ///< made each time, so that the time it prints is that of the last writing
  bool search = false;
};
/// The whole page.
[[nodiscard]] std::string page(const Frame& frame, const View& view, const Place& place);
[[nodiscard]] std::string search_form(const Place& place);

using Files = std::vector<StatusFile>;
using ViewPointer = std::shared_ptr<const View>;  ///< files hold it until they are made
// ---- all files of one kind
void add_pages(Files& files, const ViewPointer& view);
void add_data(Files& files, const ViewPointer& view);
void add_feeds(Files& files, const ViewPointer& view);
/// status.json, then time.json, which says that all the others were looked at.
void add_now(Files& files, const ViewPointer& view, Timestamp changed);

}  // namespace kulla::serve::site
