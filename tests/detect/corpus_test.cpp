// All public Sigma rules: none may crash the loader, and each that is not used must be told why. Skipped where the corpus is not there.
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <map>

#include "corpus.hpp"
#include "detect/sigma/load.hpp"
#include "detect/sigma/matcher.hpp"
#include "event/gate_line.hpp"
#include "event/gate_log.hpp"

namespace kulla::detect {
namespace {
namespace fs = std::filesystem;
using test::corpus;

TEST(Corpus, EveryPublicRuleIsUsedOrToldWhyNot) {
  const auto folder = corpus() / "sigma";
  if (!fs::is_directory(folder)) GTEST_SKIP() << "NO CORPUS at " << folder << ": set KULLA_CORPUS to a folder that holds sigma/";
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) files += entry.path().extension() == ".yml";
  const auto loaded = sigma::load({folder}, {});
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(loaded->rules->size() + loaded->rejected.size(), files);

  std::map<std::string, std::size_t> reasons;
  for (const auto& rejected : loaded->rejected) {
    EXPECT_GT(rejected.line, 0) << rejected.file << ": " << rejected.reason;
    ++reasons[rejected.reason.substr(0, rejected.reason.find("): "))];
  }
  std::cout << loaded->rules->size() << " of " << files << " rules used\n";
  for (const auto& [reason, count] : reasons) std::cout << count << "  " << reason << "\n";
  EXPECT_GE(loaded->rules->size() + 2, files) << "two want placeholders";

  sigma::Matcher matcher{loaded->rules};
  event::Event event;
  const auto line = kulla::test::to_line(kulla::test::GateLine{});
  ASSERT_TRUE(event::read_gate_line(line, {}, event));
  EXPECT_LT(matcher.match(event).size(), 3U) << "an ordinary request";
}
}  // namespace
}  // namespace kulla::detect
