#include "gate/render.hpp"

#include <gtest/gtest.h>

namespace kulla::gate {
namespace {
Settings two_services() {
  Settings settings;
  settings.folder = "/var/lib/kulla/gate";
  settings.log = "127.0.0.1:9000";
  for (const auto& [id, path] : {std::pair{"tax", "/"}, {"permits", "/Permits"}}) {
    Service service;
    service.id = ServiceId{id}, service.host = "gov.example", service.path = path;
    settings.backends.push_back({service, "127.0.0.1:9001"});
  }
  return settings;
}
Settings with(void (*change)(Settings&)) {
  auto settings = two_services();
  change(settings);
  return settings;
}

TEST(Check, plain_settings_are_accepted) { EXPECT_TRUE(check(two_services())); }
TEST(Check, what_could_break_out_of_its_place_in_the_configuration_is_refused) {
  void (*const bad[])(Settings&) = {
      [](Settings& s) { s.backends[0].service.id = ServiceId{"tax\nbind :1"}; },
      [](Settings& s) { s.backends[0].service.id = ServiceId{"kulla-guard"}; },
      [](Settings& s) { s.backends[0].service.id = ServiceId{std::string(65, 'a')}; },
      [](Settings& s) { s.backends[0].service.id = ServiceId{""}; },
      [](Settings& s) { s.backends[0].service.host = "Gov.example"; },
      [](Settings& s) { s.backends[0].service.host = "gov.example."; },
      [](Settings& s) { s.backends[0].service.host = "gov.example/x"; },
      [](Settings& s) { s.backends[0].service.path = "/a b"; },
      [](Settings& s) { s.backends[0].service.path = "/a/../b"; },
      [](Settings& s) { s.backends[0].service.path = "/a//b"; },
      [](Settings& s) { s.backends[0].service.path = "/a/"; },
      [](Settings& s) { s.backends[0].service.path = "/a;b"; },
      [](Settings& s) { s.backends[0].service.path = "/a%2e"; },
      [](Settings& s) { s.backends[0].service.path = "a"; },
      [](Settings& s) { s.backends[0].upstream = "127.0.0.1:1 check"; },
      [](Settings& s) { s.backends[0].upstream = "127.0.0.1"; },
      [](Settings& s) { s.backends[1].service.id = s.backends[0].service.id; },
      [](Settings& s) { s.backends[0].service.path = "/permits"; },  // differs from the other by case only
      [](Settings& s) { s.folder = "relative"; },
      [](Settings& s) { s.folder = "/with space"; },
      [](Settings& s) { s.folder = "/" + std::string(100, 'a'); },
      [](Settings& s) { s.http = ""; },
      [](Settings& s) { s.https = "127.0.0.1:1"; },  // no certificate
      [](Settings& s) { s.status_page = "https://x/\"><script>"; },
      [](Settings& s) { s.log = "localhost"; },
  };
  int number = 0;
  for (const auto change : bad) {
    const auto checked = check(with(change));
    EXPECT_EQ(checked ? Code::io : checked.error().code, Code::bad_config) << number;
    ++number;
  }
}
TEST(RenderConfig, every_service_has_a_backend_and_a_server_of_its_own) {
  const auto config = render_config(two_services());
  EXPECT_TRUE(config.contains("\nbackend tax\n  server srv 127.0.0.1:9001\n"));
  EXPECT_TRUE(config.contains("\nbackend permits\n  server srv 127.0.0.1:9001\n"));
  EXPECT_TRUE(config.contains("mode 600 level admin"));
}
TEST(RenderConfig, without_a_log_there_is_no_ring) {
  EXPECT_FALSE(render_config(with([](Settings& s) { s.log = ""; })).contains("\nring "));
  EXPECT_TRUE(render_config(two_services()).contains("server kulla 127.0.0.1:9000"));
}
TEST(RenderMaps, a_route_ends_at_a_segment_s_border) {
  EXPECT_EQ(render_route_map(two_services()), "gov.example/ tax\ngov.example/Permits/ permits\n");
  EXPECT_EQ(render_folded_map(two_services()), "gov.example/ tax\ngov.example/permits/ permits\n");
}
TEST(RenderNotice, the_closed_page_speaks_both_languages_and_links_where_a_status_page_is_set) {
  auto settings = two_services();
  const auto page = render_notice(settings, Notice::closed);
  EXPECT_TRUE(page.contains("lang=\"sq\"") && page.contains("lang=\"en\""));
  EXPECT_FALSE(page.contains("href"));
  settings.status_page = "https://status.gov.example/";
  EXPECT_TRUE(render_notice(settings, Notice::closed).contains("href=\"https://status.gov.example/\""));
}
TEST(RenderNotice, it_leads_to_the_services_own_page_where_there_is_one_in_its_language) {
  auto settings = two_services();
  settings.status_page = "https://status.gov.example/";
  EXPECT_FALSE(render_notice(settings, Notice::closed).contains("service/"));
  settings.status_languages = {"sq", "en"};
  const auto page = render_notice(settings, Notice::closed);
  EXPECT_TRUE(page.contains("href=\"https://status.gov.example/service/%[var(txn.service)].html\"")) << page;
  EXPECT_TRUE(page.contains("href=\"https://status.gov.example/en/service/%[var(txn.service)].html\"")) << page;
  EXPECT_LT(page.size(), 8192u) << "it must fit into one buffer with its headers";
  EXPECT_FALSE(render_notice(settings, Notice::unknown).contains("service/")) << "nobody knows which service";
  settings.status_languages = {"en"};
  EXPECT_FALSE(render_notice(settings, Notice::closed).contains("/en/service/"));
}
/// The page is a log-format string: a stray % would be read as a variable.
TEST(RenderNotice, it_holds_no_percent_sign_but_those_of_its_two_variables) {
  for (const auto notice : {Notice::closed, Notice::unknown}) {
    const auto page = render_notice(two_services(), notice);
    for (auto at = page.find('%'); at != std::string::npos; at = page.find('%', at + 1))
      EXPECT_TRUE(page.substr(at).starts_with("%[var(txn.service)]") || page.substr(at).starts_with("%[var(txn.closure)]"));
    EXPECT_LT(page.size(), 8192u) << "it must fit into one buffer with its headers";
  }
}
}  // namespace
}  // namespace kulla::gate
