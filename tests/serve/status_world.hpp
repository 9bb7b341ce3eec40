// Pictures for the status page's tests.
#pragma once
#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "serve/status_site.hpp"

namespace kulla::serve::test {

inline Timestamp at(std::string_view text) { return *parse_rfc3339(text); }

inline StatusService service(std::string id, StatusState state = StatusState::working) {
  StatusService made{.id = ServiceId{id}, .institution = "finance", .address = id + ".gov.example", .state = state};
  made.name = {{"sq", "Shërbimi " + id}, {"en", "Service " + id}};
  if (state >= StatusState::down) made.since = at("2026-11-28T01:11:07Z");
  if (is_on_its_way_back(state)) {
    made.closure = ClosureId{"c" + id};
    made.spans = {{SpanKind::closed, *made.since, {}, made.closure}};
  }
  return made;
}

/// One service in each state, on the 28 November 2026 at 02:52 in Tirana.
inline StatusPicture picture() {
  StatusPicture made{.time = at("2026-11-28T01:52:20Z"),
                     .institutions = {{"finance", {{"sq", "Ministria e Financave"}, {"en", "Ministry of Finance"}}}}};
  made.services = {service("tax", StatusState::closed),       service("permits", StatusState::verifying),
                   service("customs", StatusState::verified), service("pensions", StatusState::trial),
                   service("schools", StatusState::down),     service("health", StatusState::unmeasured),
                   service("registry", StatusState::working)};
  made.services[3].share = 10;
  made.services[0].meanwhile = {.text = {{"sq", "Paraqiteni në zyrë."}, {"en", "Hand it in at the office."}},
                                .office = {{"", "Rruga e Durrësit 1"}},
                                .telephone = "+355 4 225 0000",
                                .deadline = "2026-12-15",
                                .decision = {{"sq", "VKM nr. 512"}, {"en", "Decision 512"}}};
  made.incidents = {{.id = "ctax",
                     .since = at("2026-11-28T01:11:07Z"),
                     .ended = {},
                     .services = {ServiceId{"tax"}, ServiceId{"permits"}},
                     .updates = {{48, at("2026-11-28T01:40:00Z"), {{"sq", "Po kontrollojmë."}, {"en", "We are checking."}}}}}};
  made.head = {4821, std::string(64, 'a')};
  return made;
}

inline StatusSettings settings(const std::filesystem::path& folder = {}) {
  return {.folder = folder, .url = "https://status.example/", .time_zone = "Europe/Tirane"};
}
struct Made {
  std::string path, content;
};
inline std::vector<Made> files(const StatusPicture& told, const StatusSettings& how = settings()) {
  std::vector<Made> made;
  for (const auto& file : status_files(told, how, *Zone::find(how.time_zone), told.time)) made.push_back({file.path, file.content()});
  return made;
}
inline std::string content(const std::vector<Made>& all, std::string_view path) {
  const auto found = std::ranges::find(all, path, &Made::path);
  return found == all.end() ? "(no such file)" : found->content;
}

}  // namespace kulla::serve::test
