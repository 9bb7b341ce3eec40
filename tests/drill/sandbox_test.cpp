#include "drill/sandbox.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.hpp"
#include "drill/citizens.hpp"

using namespace kulla;
using namespace kulla::drill;
namespace fs = std::filesystem;

namespace {
class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* each :
         {"web-1/www/appeals/uploads", "web-1/www/tax/uploads", "web-1/data/tax", "web-2/www/register/assets", "outside"})
      fs::create_directories(root / each);
    for (int i = 0; i < 12; ++i) write(fmt::format("web-1/data/tax/{}.csv", i), "1,2,3\n");
    write("web-1/www/tax/index.html", "<h1>tax</h1>");
    write("outside/precious.csv", "keep me");
  }
  void write(const std::string& path, std::string_view text) const { std::ofstream{root / path} << text; }
  [[nodiscard]] std::string read(const std::string& path) const { return read_file(root / path, 1 << 20).value_or("(none)"); }
  SandboxResponse ask(http::verb verb, std::string host, std::string target, std::string body = {}) {
    SandboxRequest request{verb, target, 11};
    request.set(http::field::host, host);
    request.body() = std::move(body);
    return sandbox.answer(request);
  }
  SandboxResponse send(std::string host, std::string target, std::string_view name, std::string_view content) {
    return ask(http::verb::post, std::move(host), std::move(target), upload_of("", "", name, content).body);
  }

  TemporaryFolder folder = *TemporaryFolder::make("sandbox-test");
  const fs::path root = folder.path();
  int shells = 0;
  Sandbox sandbox{{"web-1",
                   (root / "web-1").string(),
                   (root).string(),
                   (root / "web-2/www/register").string(),
                   "right",
                   "",
                   {{"permits.example", "/appeals", (root / "web-1/www/appeals").string(), true},
                    {"tax.example", "/", (root / "web-1/www/tax").string(), false}}},
                  [this] { ++shells; }};
};

TEST_F(SandboxTest, ServesPagesByHostAndPathAndSaysWhichSystemAnswered) {
  EXPECT_EQ(ask(http::verb::get, "tax.example", "/").body(), "<h1>tax</h1>");
  EXPECT_EQ(ask(http::verb::get, "tax.example:8080", "/").result_int(), 200U);
  EXPECT_EQ(ask(http::verb::get, "permits.example", "/").result_int(), 404U);
  EXPECT_EQ(ask(http::verb::get, "tax.example", "/nothing")[std::string(sandbox_header)], "web-1");
}

TEST_F(SandboxTest, AttemptsFail) {
  EXPECT_EQ(ask(http::verb::get, "tax.example", "/../../outside/precious.csv").result_int(), 400U);
  EXPECT_EQ(ask(http::verb::get, "tax.example", "/%2e%2e/x").result_int(), 400U);
  EXPECT_EQ(ask(http::verb::post, "tax.example", "/login", "user=a&password=wrong").result_int(), 401U);
  EXPECT_EQ(ask(http::verb::post, "tax.example", "/login", "user=a&password=right").result_int(), 200U);
  EXPECT_EQ(send("tax.example", "/upload", "x.php", shell_text()).result_int(), 403U);
  EXPECT_EQ(send("tax.example", "/upload", "x.pdf", "<?php hidden ?>").result_int(), 403U);
  EXPECT_TRUE(fs::is_empty(root / "web-1/www/tax/uploads"));
  EXPECT_EQ(shells, 0);
}

TEST_F(SandboxTest, NamesOfUploadsCannotLeaveTheFolder) {
  EXPECT_EQ(send("tax.example", "/upload", "../../../etc/a.pdf", "text").result_int(), 201U);
  for (const auto& entry : fs::directory_iterator{root / "web-1/www/tax/uploads"}) EXPECT_EQ(entry.path().extension(), ".pdf");
  EXPECT_FALSE(fs::is_empty(root / "web-1/www/tax/uploads"));
}

TEST_F(SandboxTest, TheWeakFormTakesAShellAndRunsIt) {
  const auto answer = send("permits.example", "/appeals/upload", "x.php", shell_text());
  ASSERT_EQ(answer.result_int(), 201U);
  EXPECT_EQ(shells, 1);
  const auto where = answer.body().substr(0, answer.body().find('\n'));
  EXPECT_NE(ask(http::verb::get, "permits.example", "/appeals/" + where + "?cmd=list").body().find("data"), std::string::npos);
  EXPECT_EQ(ask(http::verb::get, "permits.example", "/appeals/" + where + "?cmd=rm+-rf+/").body(), "?\n");
}

TEST_F(SandboxTest, AScriptWithoutTheMarkerIsNotObeyed) {
  write("web-1/www/appeals/uploads/other.php", "<?php system($_GET['cmd']); ?>");
  EXPECT_EQ(ask(http::verb::get, "permits.example", "/appeals/uploads/other.php?cmd=wipe").result_int(), 403U);
  EXPECT_EQ(read("web-1/data/tax/0.csv"), "1,2,3\n");
}

TEST_F(SandboxTest, WipeAndDropStayWithinTheDrillsFolder) {
  ASSERT_TRUE(sandbox.shell().drop());
  EXPECT_NE(read("web-2/www/register/assets/cache.php").find(shell_marker), std::string::npos);
  ASSERT_TRUE(sandbox.shell().wipe());
  for (int i = 0; i < 12; ++i) EXPECT_NE(read(fmt::format("web-1/data/tax/{}.csv", i)), "1,2,3\n");
  const Shell outside{root / "web-1", root / "outside", root / "outside"};
  write("outside/data", "");
  EXPECT_FALSE(outside.list());
  EXPECT_FALSE(outside.drop());
  EXPECT_EQ(read("outside/precious.csv"), "keep me");
}

TEST_F(SandboxTest, ALinkOutOfTheFolderIsNotWiped) {
  fs::create_symlink(root / "outside/precious.csv", root / "web-1/data/tax/link.csv");
  ASSERT_TRUE(sandbox.shell().wipe());
  EXPECT_EQ(read("outside/precious.csv"), "keep me");
}

TEST_F(SandboxTest, UploadsAreBounded) {
  for (std::size_t i = 0; i < uploads_kept; ++i) ASSERT_EQ(send("tax.example", "/upload", "a.txt", "x").result_int(), 201U);
  EXPECT_EQ(send("tax.example", "/upload", "a.txt", "x").result_int(), 507U);
}
}  // namespace
