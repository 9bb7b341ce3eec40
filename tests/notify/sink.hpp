// The sink of sink.py as a child: a real HTTP or SMTP server on loopback, and what it took.
#pragma once
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/process.hpp"

namespace kulla::notify::test {

class Sink {
 public:
  explicit Sink(const std::string& kind, const std::vector<std::string>& more = {}) {
    const auto ready = folder_.path() / "ready";
    EXPECT_EQ(::mkfifo(ready.c_str(), 0600), 0);
    std::vector<std::string> words{"python3", std::string(KULLA_SOURCE_DIR) + "/tests/notify/sink.py", kind, folder_.path(), ready};
    words.insert(words.end(), more.begin(), more.end());
    auto child = Child::start(words, {.environment = {}, .out = {}, .err = folder_.path() / "log"});
    EXPECT_TRUE(child);
    child_.emplace(std::move(*child));
    std::ifstream{ready} >> port_;  // waits for the other end
    EXPECT_FALSE(port_.empty());
  }
  [[nodiscard]] const std::string& port() const { return port_; }
  [[nodiscard]] std::size_t taken() const {
    std::size_t count = 0;
    while (std::filesystem::exists(folder_.path() / std::to_string(count + 1))) ++count;
    return count;
  }
  /// The n-th thing that it took, from 1.
  [[nodiscard]] json::object at(std::size_t number) const {
    const auto text = read_file(folder_.path() / std::to_string(number), std::size_t{1} << 20);
    EXPECT_TRUE(text) << "nothing was taken";
    return text ? parse_json(*text).value().as_object() : json::object{};
  }

 private:
  TemporaryFolder folder_ = TemporaryFolder::make("kulla-sink").value();
  std::optional<Child> child_;
  std::string port_;
};

}  // namespace kulla::notify::test
