// Stands in for libFuzzer where tests are run: the seeds, what is left of them when they are cut, and what a changed byte makes of them.
// usage: seeds_NAME FOLDER
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size);

namespace {
constexpr std::size_t pieces = 64;  // of a seed, however large

std::size_t replay(const std::string& seed) {
  const auto give = [](const std::string& text) { LLVMFuzzerTestOneInput(text.data(), text.size()); };
  give(seed);
  const auto step = seed.size() / pieces + 1;
  std::size_t inputs = 1;
  for (std::size_t at = 0; at < seed.size(); at += step, inputs += 3) {
    give(seed.substr(0, at));
    for (const char flip : {'\x01', '\x80'}) {
      auto changed = seed;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      give(changed);
    }
  }
  return inputs;
}
}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::size_t seeds = 0, inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator{arguments[1]}) {
    std::ifstream file{entry.path(), std::ios::binary};
    inputs += replay({std::istreambuf_iterator<char>{file}, {}});
    ++seeds;
  }
  std::cout << seeds << " seeds, " << inputs << " inputs\n";
  return seeds > 0 ? 0 : 1;
}
