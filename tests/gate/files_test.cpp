// The maps as files, the folder, and its repair.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "gate/folder.hpp"
#include "gate/map_files.hpp"

namespace kulla::gate {
namespace {
constexpr std::size_t limit = 1 << 20;
const ServiceId tax{"tax"}, land{"land"};
const GateEntry open{GateMode::open, {}, 0}, closed{GateMode::closed, ClosureId{"abcdef012345"}, 0};

struct Folder {
  TemporaryFolder folder = std::move(*TemporaryFolder::make("kulla-gate"));
  Settings settings = make(folder.path());
  static Settings make(const std::filesystem::path& folder) {
    Settings settings;
    settings.folder = folder / "gate";
    for (const std::string id : {"tax", "land"}) {
      Service service;
      service.id = ServiceId{id}, service.host = id + ".example";
      settings.backends.push_back({service, "127.0.0.1:1"});
    }
    return settings;
  }
  std::string state() const { return read_file(settings.state_map(), limit).value_or("(none)"); }
  void write_state(std::string_view text) const { ASSERT_TRUE(write_file_atomic(settings.state_map(), text)); }
};
const std::string all_closed = "land c:------------:000\ntax c:------------:000\n";
const std::string all_open = "land o:------------:000\ntax o:------------:000\n";

TEST(MapFiles, closing_overwrites_in_place_and_keeps_every_other_byte) {
  const Folder world;
  ASSERT_TRUE(render_first(world.settings));
  struct stat before{}, after{};
  ASSERT_EQ(::stat(world.settings.state_map().c_str(), &before), 0);
  ASSERT_TRUE(overwrite_state(world.settings.state_map(), tax, closed));
  ASSERT_EQ(::stat(world.settings.state_map().c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(world.state(), "land o:------------:000\ntax c:abcdef012345:000\n");
}
TEST(MapFiles, closing_overwrites_a_service_that_stands_twice_in_both_places) {
  const Folder world;
  ASSERT_TRUE(render_first(world.settings));
  world.write_state("tax o:------------:000\nrubbish\ntax g:------------:000\n");
  ASSERT_TRUE(overwrite_state(world.settings.state_map(), tax, closed));
  EXPECT_EQ(world.state(), "tax c:abcdef012345:000\nrubbish\ntax c:abcdef012345:000\n");
}
TEST(MapFiles, a_map_that_cannot_take_a_closing_is_removed) {
  const Folder world;
  ASSERT_TRUE(render_first(world.settings));
  world.write_state("land o:------------:000\n");
  const auto done = overwrite_state(world.settings.state_map(), tax, closed);
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().what.contains("removed"));
  EXPECT_EQ(world.state(), "(none)");
}
TEST(MapFiles, opening_refuses_a_bad_map_and_leaves_it) {
  const Folder world;
  ASSERT_TRUE(render_first(world.settings));
  world.write_state("tax c:------------:000\ntax c:------------:000\n");
  EXPECT_FALSE(replace_state(world.settings.state_map(), tax, open));
  EXPECT_EQ(world.state(), "tax c:------------:000\ntax c:------------:000\n");
}
TEST(MapFiles, sources_come_and_go_once_each) {
  const Folder world;
  ASSERT_TRUE(render_first(world.settings));
  const auto file = world.settings.source_map();
  for (const auto* address : {"10.0.0.1", "10.0.0.2", "10.0.0.1"}) ASSERT_TRUE(add_source(file, address));
  EXPECT_EQ(read_file(file, limit).value(), "10.0.0.1 blocked\n10.0.0.2 blocked\n");
  ASSERT_TRUE(remove_source(file, "10.0.0.1"));
  EXPECT_EQ(read_file(file, limit).value(), "10.0.0.2 blocked\n");
}

TEST(Repair, whatever_is_wrong_with_the_map_it_ends_all_closed_and_the_bad_one_is_kept) {
  const std::string twice = all_open + "tax o:------------:000\n", unknown = all_open + "who o:------------:000\n";
  for (const std::string& bad : {std::string("tax"), all_open.substr(0, all_open.size() - 3), twice, unknown, std::string("tax open\n"),
                                 std::string("\xff\x00\xfe", 3)}) {
    const Folder world;
    ASSERT_TRUE(render_first(world.settings));
    world.write_state(bad);
    const auto done = repair(world.settings);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_FALSE(done->empty());
    EXPECT_EQ(world.state(), all_closed) << bad;
    EXPECT_EQ(read_file(world.settings.state_map().string() + ".bad", limit).value(), bad);
  }
}
TEST(Repair, a_missing_map_and_a_directory_in_its_place_end_all_closed) {
  const Folder world;
  ASSERT_TRUE(render_first(world.settings));
  std::filesystem::remove(world.settings.state_map());
  ASSERT_TRUE(repair(world.settings));
  EXPECT_EQ(world.state(), all_closed);
  std::filesystem::remove(world.settings.state_map());
  std::filesystem::create_directory(world.settings.state_map());
  ASSERT_TRUE(repair(world.settings));
  EXPECT_EQ(world.state(), all_closed);
}
TEST(Repair, a_good_map_keeps_its_states_and_a_missing_service_is_added_closed) {
  const Folder world;
  ASSERT_TRUE(render_first(world.settings));
  const auto nothing = repair(world.settings);
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->empty()) << nothing->front();
  world.write_state("tax o:------------:000\n");
  ASSERT_TRUE(repair(world.settings));
  EXPECT_EQ(world.state(), "land c:------------:000\ntax o:------------:000\n");
}
TEST(Render, a_gate_starts_open_only_once) {
  const Folder world;
  ASSERT_TRUE(render_first(world.settings));
  EXPECT_EQ(world.state(), all_open);
  ASSERT_TRUE(overwrite_state(world.settings.state_map(), tax, closed));
  EXPECT_FALSE(render_first(world.settings));
  ASSERT_TRUE(render(world.settings));
  EXPECT_EQ(world.state(), "land o:------------:000\ntax c:abcdef012345:000\n");
}
TEST(Render, without_a_map_it_starts_closed_and_a_service_that_is_gone_is_dropped) {
  Folder world;
  ASSERT_TRUE(render(world.settings));
  EXPECT_EQ(world.state(), all_closed);
  world.settings.backends.pop_back();
  ASSERT_TRUE(render(world.settings));
  EXPECT_EQ(world.state(), "tax c:------------:000\n");
}
TEST(Render, differences_name_what_is_not_as_rendered) {
  const Folder world;
  ASSERT_TRUE(render_first(world.settings));
  EXPECT_TRUE(differences(world.settings).empty());
  ASSERT_TRUE(write_file_atomic(world.settings.config(), "changed"));
  world.write_state("tax o:------------:000\n");
  EXPECT_EQ(differences(world.settings).size(), 2u);
}
}  // namespace
}  // namespace kulla::gate
