// Every rule that we ship, against the requests written beside it, read from real gate lines.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "detect/detector.hpp"
#include "detect/request.hpp"
#include "detect/sigma/load.hpp"
#include "event/gate_log.hpp"

namespace kulla::detect {
namespace {
namespace fs = std::filesystem;
using kulla::test::GateLine, kulla::test::to_line;

const fs::path source{KULLA_SOURCE_DIR};
const fs::path rules_folder = source / "rules", requests_folder = source / "tests" / "detect" / "rules";

std::vector<fs::path> rule_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator{rules_folder})
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// What one detector, fresh for this line, says of it.
class Asker {
 public:
  explicit Asker(const fs::path& rules) : rules_(rules) {}
  std::vector<Detection> ask(const GateLine& line) {
    auto detector = Detector::make({.rules = {rules_}}, Pseudonyms{{}}, SensorId{"gate"});
    EXPECT_TRUE(detector) << (detector ? "" : detector.error().what);
    if (!detector) return {};
    for (const auto& rejected : (*detector)->rejected()) ADD_FAILURE() << rejected.file << ":" << rejected.line << ": " << rejected.reason;
    const auto text = to_line(line);
    event::Event event;
    EXPECT_TRUE(event::read_gate_line(text, {}, event)) << text;
    std::vector<Detection> detections;
    (*detector)->look(event, text, [&](Detection detection) { detections.push_back(std::move(detection)); });
    return detections;
  }

 private:
  fs::path rules_;
};

TEST(Rules, EachMatchesAndSparesWhatItsFileSays) {
  ASSERT_GE(rule_files().size(), 15U);
  for (const auto& rule : rule_files()) {
    const auto file = requests_folder / rule.filename();
    const auto match = test::requests(file, "match"), no_match = test::requests(file, "no_match");
    EXPECT_GE(match.size(), 1U) << file;
    EXPECT_GE(no_match.size(), 1U) << file;
    Asker asker{rule};
    for (const auto& request : match) EXPECT_EQ(asker.ask(request).size(), 1U) << rule.filename() << " must match\n" << to_line(request);
    for (const auto& request : no_match)
      EXPECT_EQ(asker.ask(request).size(), 0U) << rule.filename() << " must not match\n" << to_line(request);
  }
}

TEST(Rules, SpareCitizens) {
  const auto citizens = test::requests(requests_folder / "citizens.yml", "no_match");
  ASSERT_GE(citizens.size(), 30U);
  Asker asker{rules_folder};
  for (const auto& request : citizens)
    for (const auto& detection : asker.ask(request)) ADD_FAILURE() << detection.alert.title << "\n" << to_line(request);
}

TEST(Rules, ClaimSuccessOnlyWhereTheAnswerSaysSo) {
  std::size_t claiming = 0;
  for (const auto& rule : rule_files()) {
    Asker asker{rule};
    for (auto request : test::requests(requests_folder / rule.filename(), "match")) {
      const auto detections = asker.ask(request);
      ASSERT_EQ(detections.size(), 1U);
      const auto& alert = detections.front().alert;
      EXPECT_EQ(alert.nature, Nature::attempt) << rule;
      EXPECT_TRUE(alert.succeeded || !alert.may_close) << rule << ": only what succeeded may ever count towards closing";
      if (!alert.succeeded) continue;
      ++claiming;
      for (const int status : {-1, 0, 301, 302, 304, 400, 401, 403, 404, 405, 500, 503}) {
        request.status = status;
        EXPECT_TRUE(asker.ask(request).empty()) << rule << " matches an answer of " << status;
      }
    }
  }
  EXPECT_GE(claiming, 3U);
}

TEST(Rules, AreWhole) {
  const auto loaded = sigma::load({rules_folder}, {});
  ASSERT_TRUE(loaded && loaded->rejected.empty());
  EXPECT_EQ(loaded->rules->size(), rule_files().size());
  std::set<std::string> titles;
  for (std::size_t at = 0; at < loaded->rules->size(); ++at) {
    const auto& rule = loaded->rules->rule(at);
    EXPECT_EQ(rule.id.str().size(), 36U) << rule.title;
    EXPECT_FALSE(rule.techniques.empty()) << rule.title;
    EXPECT_TRUE(titles.insert(rule.title).second) << rule.title;
    EXPECT_EQ(rule.logsource, (sigma::Logsource{"webserver", "", ""})) << rule.title;
  }
}
}  // namespace
}  // namespace kulla::detect
