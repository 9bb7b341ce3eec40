// The drill's report: one self-contained HTML page. Nothing personal is in it, and it asks nothing of the network.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "drill/score.hpp"
#include "drill/story.hpp"

namespace kulla::drill {

struct ReportInput {
  const Observed& observed;
  const Score& score;
  std::vector<Told> told;
  std::string command_line;
};
[[nodiscard]] std::string render_report(const ReportInput& input);
/// Makes the folder, writes index.html.
[[nodiscard]] Result<> write_report(const std::filesystem::path& folder, const ReportInput& input);

}  // namespace kulla::drill
