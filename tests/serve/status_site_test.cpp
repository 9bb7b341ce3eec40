#include "serve/status_site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "base/canonical_json.hpp"
#include "serve/status_words.hpp"
#include "status_world.hpp"

namespace kulla::serve {
namespace {
using namespace test;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(StatusSite, the_front_page_says_the_answer_first_in_each_language) {
  const auto all = files(picture());
  const auto sq = content(all, "index.html"), en = content(all, "en/index.html");
  EXPECT_THAT(sq, HasSubstr("<h1>3 nga 7 shërbimet janë mbyllur për mbrojtje.</h1>"));
  EXPECT_THAT(en, HasSubstr("<h1>3 of 7 services are closed for protection.</h1>"));
  EXPECT_THAT(sq, HasSubstr("<html lang=\"sq\">"));
  EXPECT_THAT(en, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(en, HasSubstr("1 service is not reachable."));
  EXPECT_THAT(en, HasSubstr("<p>1 service is reopening, for a part of its visitors so far.</p>"));
  EXPECT_THAT(en, HasSubstr("We are checking."));
  EXPECT_THAT(sq, HasSubstr("Po kontrollojmë."));
}
TEST(StatusSite, every_state_has_its_shape_and_its_word) {
  const auto all = files(picture());
  for (const auto& [id, shape, word] : {std::tuple{"tax", "■", "closed for protection<"},
                                        {"permits", "◇", "being checked"},
                                        {"customs", "◆", "waiting to reopen"},
                                        {"pensions", "◔", "for 10 % of visitors"},
                                        {"schools", "▲", "not reachable"},
                                        {"health", "○", "not measured from outside"},
                                        {"registry", "●", "working"}}) {
    const auto& page = content(all, fmt::format("en/service/{}.html", id));
    EXPECT_THAT(page, HasSubstr(shape)) << id;
    EXPECT_THAT(page, HasSubstr(word)) << id;
  }
}
TEST(StatusSite, times_are_those_of_the_place_with_the_exact_one_beside) {
  const auto all = files(picture());
  EXPECT_THAT(content(all, "en/service/tax.html"), HasSubstr("<time datetime=\"2026-11-28T01:11:07Z\">28 November, 02:11</time>"));
  EXPECT_THAT(content(all, "service/tax.html"), HasSubstr("28 nëntor, 02:11"));
  EXPECT_THAT(content(all, "index.html"), HasSubstr("(UTC+1)"));
}
TEST(StatusSite, a_closed_service_says_what_to_do_meanwhile) {
  const auto all = files(picture());
  const auto& page = content(all, "en/service/tax.html");
  for (const auto* part : {"What to do meanwhile", "Hand it in at the office.", "Rruga e Durrësit 1", "href=\"tel:+35542250000\"",
                           "extended until <time datetime=\"2026-12-15\">15 December 2026</time>", "Decision 512"})
    EXPECT_THAT(page, HasSubstr(part));
  EXPECT_THAT(content(all, "service/tax.html"), HasSubstr("VKM nr. 512"));
  EXPECT_THAT(content(all, "en/service/permits.html"), HasSubstr("Nothing is written down here yet."));
  EXPECT_THAT(content(all, "en/service/registry.html"), HasSubstr("If you cannot use it"));
}
TEST(StatusSite, of_data_it_says_only_what_a_proof_holds_for) {
  auto told = picture();
  EXPECT_THAT(content(files(told), "en/index.html"), HasSubstr("nothing can be said yet"));
  told.data_checked = at("2026-11-28T01:31:00Z");
  EXPECT_THAT(content(files(told), "en/index.html"), HasSubstr("backups of the closed services were restored and checked on <time"));
  for (auto& each : told.services) each = service(each.id.str());
  EXPECT_THAT(content(files(told), "en/index.html"), HasSubstr("backups of all services were restored"));
  told.data_checked.reset();
  EXPECT_THAT(content(files(told), "en/index.html"), Not(HasSubstr("Your data")));
}
TEST(StatusSite, what_nobody_measures_is_not_called_working) {
  auto told = picture();
  for (auto& each : told.services) each = service(each.id.str());
  EXPECT_THAT(content(files(told), "en/index.html"), HasSubstr("All 7 services are working."));
  told.services[2].state = StatusState::unmeasured;
  const auto all = files(told);
  EXPECT_THAT(content(all, "en/index.html"), HasSubstr("<h1>No service is closed for protection.</h1>"));
  EXPECT_THAT(content(all, "en/index.html"), HasSubstr("1 service is open and is not being measured"));
  EXPECT_THAT(content(all, "en/index.html"), Not(HasSubstr("All the others are working")));
}
TEST(StatusSite, a_promised_update_that_did_not_come_is_called_late) {
  auto told = picture();
  told.services[0].next_update = at("2026-11-28T02:30:00Z");
  EXPECT_THAT(content(files(told), "en/index.html"), HasSubstr("Next update by <time"));
  told.services[0].next_update = at("2026-11-28T01:30:00Z");
  EXPECT_THAT(content(files(told), "en/index.html"), HasSubstr("is late."));
}

TEST(StatusSite, a_promise_carries_what_it_becomes_when_its_time_has_passed) {
  auto told = picture();
  told.services[0].next_update = told.time + std::chrono::minutes{30};
  const auto made = files(told);
  EXPECT_THAT(content(made, "en/index.html"), HasSubstr("data-late=\"The update promised for 28 November, 03:22 is late.\""));
  EXPECT_THAT(content(made, "status.json"), HasSubstr("\"next_update_late\":false"));
  told.time += std::chrono::minutes{31};
  EXPECT_THAT(content(files(told), "status.json"), HasSubstr("\"next_update_late\":true"));
  EXPECT_THAT(content(files(told), "en/index.html"), Not(HasSubstr("Next update by")));
}

TEST(StatusSite, what_is_only_ordered_closed_is_not_counted_as_closed) {
  auto told = picture();
  told.services = {service("tax", StatusState::closing), service("registry")};
  const auto front = content(files(told), "en/index.html");
  EXPECT_THAT(front, HasSubstr("No service is closed for protection."));
  EXPECT_THAT(front, HasSubstr("1 service is being closed for protection."));
  EXPECT_THAT(content(files(told), "en/service/tax.html"), HasSubstr("That nobody reaches it any more is not confirmed yet."));
}

TEST(StatusSite, what_is_on_trial_is_not_counted_as_closed_and_keeps_its_promise) {
  auto told = picture();
  told.services = {service("tax", StatusState::trial), service("registry")};
  told.services[0].next_update = told.time + std::chrono::minutes{30};
  const auto front = content(files(told), "en/index.html");
  EXPECT_THAT(front, HasSubstr("<h1>1 service is reopening, for a part of its visitors so far.</h1>"));
  EXPECT_THAT(front, Not(HasSubstr("closed for protection.")));
  EXPECT_THAT(front, HasSubstr("Next update by <time"));
}

TEST(StatusSite, a_failed_trial_is_not_told_as_an_opening) {
  auto told = picture();
  auto& spans = told.services[0].spans;
  spans[0].to = told.time;
  spans.push_back({SpanKind::closed, told.time, {}, ClosureId{"again"}});
  EXPECT_THAT(content(files(told), "en/feed.xml"), Not(HasSubstr("Service tax: open again")));
  spans[1].from += std::chrono::minutes{1};
  EXPECT_THAT(content(files(told), "en/feed.xml"), HasSubstr("Service tax: open again"));
}

TEST(StatusSite, a_page_is_made_again_when_something_of_it_changed_and_only_then) {
  const auto made_again = [](auto change) {
    auto told = picture();
    const auto zone = *Zone::find("Europe/Tirane");
    const auto how = settings();
    std::map<std::string, std::size_t> before;
    for (const auto& file : status_files(told, how, zone, told.time)) before[file.path] = file.inputs;
    change(told);
    std::set<std::string> again;
    for (const auto& file : status_files(told, how, zone, told.time))
      if (file.inputs == 0 || file.inputs != before[file.path]) again.insert(file.path);
    return again;
  };
  const std::set<std::string> always{"index.html", "how.html", "en/index.html", "en/how.html", "status.json", "time.json"};
  EXPECT_EQ(made_again([](StatusPicture& told) { told.time += std::chrono::seconds{5}, told.head.number += 9; }), always);
  const std::vector<std::pair<const char*, void (*)(StatusPicture&)>> changes{
      {"state", [](StatusPicture& told) { told.services[0].state = StatusState::verifying; }},
      {"name", [](StatusPicture& told) { told.services[0].name["sq"] = "x"; }},
      {"meanwhile", [](StatusPicture& told) { told.services[0].meanwhile.text["en"] = "x"; }},
      {"office", [](StatusPicture& told) { told.services[0].meanwhile.office[""] = "x"; }},
      {"telephone", [](StatusPicture& told) { told.services[0].meanwhile.telephone = "2"; }},
      {"deadline", [](StatusPicture& told) { told.services[0].meanwhile.deadline = "2026-12-16"; }},
      {"decision", [](StatusPicture& told) { told.services[0].meanwhile.decision["sq"] = "x"; }},
      {"address", [](StatusPicture& told) { told.services[0].address = "x"; }},
      {"closure", [](StatusPicture& told) { told.services[0].closure = ClosureId{"x"}; }},
      {"since", [](StatusPicture& told) { *told.services[0].since += std::chrono::minutes{1}; }},
      {"promise", [](StatusPicture& told) { told.services[0].next_update = told.time; }},
      {"span", [](StatusPicture& told) { told.services[0].spans[0].to = told.time; }},
      {"update", [](StatusPicture& told) { told.incidents[0].updates.push_back({50, told.time, {{"en", "x"}}}); }},
      {"end", [](StatusPicture& told) { told.incidents[0].ended = told.time; }}};
  for (const auto& [name, change] : changes) {
    const auto again = made_again(change);
    EXPECT_TRUE(again.contains("service/tax.html") && again.contains("en/service/tax.html")) << name;
    EXPECT_FALSE(again.contains("service/registry.html")) << name;
  }
}

/// As an operator could be tricked to write it, and as an attacker who owns the config would.
TEST(StatusSite, a_hostile_name_stays_text_everywhere) {
  const std::string hostile = "</script><img src=x onerror=alert(1)>\"'&\x02\x03\x1b[0m\u202e";
  auto told = picture();
  auto& bad = told.services[0];
  bad.name = {{"sq", hostile}, {"en", hostile}}, bad.address = hostile, bad.closure = ClosureId{hostile};
  bad.meanwhile = {.text = {{"sq", hostile}}, .office = {{"", hostile}}, .telephone = hostile, .decision = {{"sq", hostile}}};
  bad.meanwhile.deadline = hostile;
  bad.spans[0].closure = ClosureId{hostile};
  told.institutions[0].name = {{"en", hostile}};
  told.incidents[0].id = hostile;
  told.incidents[0].updates[0].texts = {{"sq", hostile + "\n" + hostile}};
  told.head.hash = hostile;
  for (const auto& file : files(told)) {
    const auto text = file.content;
    if (file.path.ends_with(".json")) {
      EXPECT_TRUE(parse_json(text)) << file.path;
      continue;
    }
    EXPECT_FALSE(text.contains("<img src=x")) << file.path;
    EXPECT_FALSE(text.contains("</script><")) << file.path;
    EXPECT_FALSE(text.contains('\x1b') || text.contains("\u202e")) << file.path;
    EXPECT_TRUE(!file.path.ends_with(".html") || text.ends_with("</html>\n")) << file.path;
  }
}
TEST(StatusSite, an_id_that_is_no_file_name_gets_no_file) {
  auto told = picture();
  for (const auto* id : {"../../etc/passwd", ".hidden", "a/b", "", "UPPER", "tax"}) told.services.push_back(service(id));
  told.institutions.push_back({"../x", {{"", "x"}}});
  std::set<std::string> paths;
  for (const auto& file : files(told)) {
    EXPECT_TRUE(paths.insert(file.path).second) << file.path << " twice";
    EXPECT_FALSE(file.path.contains("..") || file.path.contains("//") || file.path.starts_with('/')) << file.path;
  }
  EXPECT_EQ(std::ranges::count_if(paths, [](const auto& path) { return path.starts_with("service/"); }), 7);
}

/// Every link within the site leads to a file, from wherever the page lies.
TEST(StatusSite, every_link_leads_somewhere) {
  const auto all = files(picture());
  std::set<std::string> paths;
  for (const auto& file : all) paths.insert(file.path);
  const std::regex link{R"re((?:href|src|action|data-search)="([^"#]*)(?:#[^"]*)?")re"};
  std::size_t links = 0;
  for (const auto& file : all) {
    if (!file.path.ends_with(".html")) continue;
    for (std::sregex_iterator found{file.content.begin(), file.content.end(), link}, none; found != none; ++found) {
      const auto target = (*found)[1].str();
      if (target.empty() || target.contains(':')) continue;
      const auto resolved = (std::filesystem::path{file.path}.parent_path() / target).lexically_normal().string();
      EXPECT_TRUE(paths.contains(resolved)) << file.path << " → " << target;
      ++links;
    }
  }
  EXPECT_GT(links, 300u);
}
/// What axe would say of each page is asked in tests/browser; this is what needs no browser.
TEST(StatusSite, pages_have_their_landmarks_and_no_inline_script_or_style) {
  for (const auto& file : files(picture())) {
    if (!file.path.ends_with(".html")) continue;
    for (const auto* once : {"<main ", "</main>", "<header>", "<footer>", "<h1>", "<title>", "Content-Security-Policy", "class=\"skip\""}) {
      const auto at = file.content.find(once);
      EXPECT_NE(at, std::string::npos) << file.path << " has no " << once;
      EXPECT_EQ(file.content.find(once, at + 1), std::string::npos) << file.path << " has two " << once;
    }
    for (const auto* never : {" style=", "<style", " onclick", "javascript:", "http://"})
      EXPECT_FALSE(file.content.contains(never)) << file.path;
  }
}
TEST(StatusSite, every_page_shows_the_ledgers_head_and_one_says_how_to_check_it) {
  const auto all = files(picture());
  for (const auto& file : all) EXPECT_TRUE(!file.path.ends_with(".html") || file.content.contains("4821 <code>aaaa")) << file.path;
  EXPECT_THAT(content(all, "how.html"), HasSubstr("--head</span> " + std::string(64, 'a')));
}
TEST(StatusSite, the_published_key_is_a_key_file) {
  const auto folder = TemporaryFolder::make("kulla-status").value();
  auto told = picture();
  told.ledger_key = SecretKey::generate().public_key();
  ASSERT_TRUE(write_file_atomic(folder.path() / "ledger.pub", content(files(told), "ledger.pub")));
  const auto read = read_public_key(folder.path() / "ledger.pub");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, told.ledger_key);
}
TEST(StatusSite, the_data_says_what_the_pages_say) {
  const auto all = files(picture());
  const auto status = parse_json(content(all, "status.json"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->at("format"), "kulla-status/1");
  EXPECT_EQ(status->at("counts").at("closed"), 1);
  EXPECT_EQ(status->at("services").at(0).at("state"), "closed");
  EXPECT_EQ(status->at("services").at(3).at("share_percent"), 10);
  EXPECT_EQ(status->at("incidents").at(0).at("updates").at(0).at("texts").at("en"), "We are checking.");
  EXPECT_EQ(status->at("ledger").at("number"), 4821);
  const auto history = parse_json(content(all, "history/tax.json"));
  ASSERT_TRUE(history);
  ASSERT_EQ(history->at("days").as_array().size(), 90u);
  EXPECT_EQ(history->at("days").at(89).at("closed_s"), 41 * 60 + 13);
  EXPECT_EQ(parse_json(content(all, "time.json"))->at("time"), "2026-11-28T01:52:20Z");
}
TEST(StatusSite, feeds_hold_closings_and_updates_in_their_language) {
  const auto all = files(picture());
  EXPECT_THAT(content(all, "en/feed.xml"), HasSubstr("<title>Service tax: closed for protection</title>"));
  EXPECT_THAT(content(all, "feed.xml"), HasSubstr("Po kontrollojmë."));
  EXPECT_THAT(content(all, "en/rss.xml"), HasSubstr("<pubDate>Sat, 28 Nov 2026 01:40:00 +0000</pubDate>"));
  EXPECT_THAT(content(all, "en/feed.xml"), HasSubstr("<updated>2026-11-28T01:40:00Z</updated>"));
}
TEST(StatusSite, a_language_without_messages_and_an_unknown_zone_are_refused) {
  EXPECT_FALSE(StatusSite::open({.languages = {"sq", "xx"}}));
  EXPECT_FALSE(StatusSite::open({.languages = {}}));
  EXPECT_FALSE(StatusSite::open({.time_zone = "Europe/Nowhere"}));
}

TEST(StatusWords, every_language_has_every_message_and_none_would_be_read_as_markup) {
  const auto& first = Words::in("sq")->all();
  for (const auto& language : Words::languages()) {
    const auto* words = Words::in(language);
    EXPECT_EQ(words->all().size(), first.size()) << language;
    for (const auto& [key, text] : words->all()) {
      ASSERT_TRUE(first.contains(key)) << language << ": " << key;
      EXPECT_EQ(text.find_first_of("<>&\""), std::string::npos) << language << ": " << key;
      const auto holes = [](const std::string& in) { return std::ranges::count(in, '{'); };
      EXPECT_EQ(holes(text), holes(first.at(key))) << language << ": " << key;
      EXPECT_NO_THROW((void)words->say(key, "x", "y")) << language << ": " << key;
    }
  }
}
TEST(StatusWords, numbers_and_lengths_read_as_people_write_them) {
  const auto* en = Words::in("en");
  EXPECT_EQ(en->number(7), "7");
  EXPECT_EQ(en->number(1225), "1,225");
  EXPECT_EQ(en->number(1234567), "1,234,567");
  EXPECT_EQ(Words::in("sq")->number(1225), "1\u00a0225");
  EXPECT_EQ(en->length(std::chrono::seconds{59}), "less than a minute");
  EXPECT_EQ(en->length(std::chrono::minutes{190}), "3 h 10 min");
  EXPECT_EQ(en->length(std::chrono::hours{49}), "2 d 1 h");
}
TEST(StatusWords, a_text_in_another_language_is_marked_as_such) {
  auto told = picture();
  told.services[0].name = {{"en", "Taxes"}};
  EXPECT_THAT(content(files(told), "index.html"), HasSubstr("<span lang=\"en\">Taxes</span>"));
  EXPECT_THAT(content(files(told), "en/index.html"), Not(HasSubstr("<span lang=\"en\">Taxes</span>")));
}

TEST(StatusZone, days_begin_at_midnight_of_the_place_also_where_the_clock_is_changed) {
  const auto zone = Zone::find("Europe/Tirane");
  ASSERT_TRUE(zone) << zone.error().message();
  const auto bounds = zone->days_until(at("2026-10-26T12:00:00Z"), 3);
  EXPECT_THAT(bounds, testing::ElementsAre(at("2026-10-23T22:00:00Z"), at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z"),
                                           at("2026-10-26T12:00:00Z")))
      << "the 25th has 25 hours";
  EXPECT_EQ(zone->text(at("2026-07-01T00:00:00Z")), "UTC+2");
  EXPECT_EQ(Zone::find("Etc/UTC")->text(at("2026-07-01T00:00:00Z")), "UTC");
}
}  // namespace
}  // namespace kulla::serve
