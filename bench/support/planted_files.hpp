// Changes to files as files: contents, rights, kinds of things, names.
#pragma once
#include <sys/sysmacros.h>

#include "support/planted_change.hpp"

namespace kulla::planted {
using namespace std::string_view_literals;

inline std::vector<Change> content_changes() {
  Change encrypted{"several data files encrypted", {}, {}, {}, [](const Tree& tree) {
                     for (int i = 0; i < 5; ++i) tree.text(fmt::format("srv/records/{}", i));
                   }};
  for (int i = 0; i < 5; ++i) encrypted.expected.push_back({fmt::format("srv/records/{}", i), Kind::content, "mass rewrite"});
  encrypted.act = [](Tree& tree) {
    for (int i = 0; i < 5; ++i) tree.put(fmt::format("srv/records/{}", i), noise(100 + static_cast<std::uint64_t>(i)));
  };
  return {
      on_text("content, same size, time set back", "srv/data/secret", Kind::content,
              [](Tree& tree, const auto& path) { tree.in_secret(path, [&] { tree.flip(path); }); }),
      on_text("content, same size", "srv/data/same-size", Kind::content, [](Tree& tree, const auto& path) { tree.flip(path); }),
      on_text("content appended", "srv/data/appended", Kind::content, [](Tree& tree, const auto& path) { tree.append(path, "more\n"); }),
      on_text(
          "content cut to nothing", "srv/data/emptied", Kind::content, [](Tree& tree, const auto& path) { tree.put(path, ""); }, "empty"),
      on_text(
          "content filled with one byte", "srv/data/zeroed", Kind::content,
          [](Tree& tree, const auto& path) { tree.put(path, std::string(tree.read(path).size(), '\0')); }, "one byte value"),
      encrypted,
      on_text("time of modification only", "srv/data/stomped", Kind::times,
              [](Tree& tree, const auto& path) { tree.touch(path, 1'500'000'000); }),
  };
}

inline std::vector<Change> rights_changes() {
  constexpr auto text = [](const Tree& tree, std::string_view path) { tree.text(path); };
  return {
      on_text("mode: anyone may write", "srv/rights/open", Kind::mode, [](Tree& tree, const auto& path) { tree.mode(path, 0646); }),
      on_text("mode: executable", "srv/rights/runs", Kind::mode, [](Tree& tree, const auto& path) { tree.mode(path, 0755); }),
      on_text(
          "mode: set-uid on a file that was there", "srv/rights/suid", Kind::mode,
          [](Tree& tree, const auto& path) { tree.mode(path, 04755); }, "set-uid"),
      on_text("mode: set-gid", "srv/rights/sgid", Kind::mode, [](Tree& tree, const auto& path) { tree.mode(path, 02755); }),
      {"mode of a folder",
       {{"srv/rights/folder", Kind::mode}},
       [](Tree& tree) { tree.mode("srv/rights/folder", 0777); },
       {},
       [](const Tree& tree) { tree.folder("srv/rights/folder"); }},
      {"sticky bit off tmp", {{"tmp", Kind::mode}}, [](Tree& tree) { tree.mode("tmp", 0777); }},
      new_at("new set-uid file", "usr/bin/rootsh", [](Tree& tree, const auto& path) { tree.copy(path, "/bin/true", 04755); }),
      on_text("owner", "srv/rights/owner", Kind::owner, [](Tree& tree, const auto& path) { tree.owner(path, 33, 0); }),
      on_text("group", "srv/rights/group", Kind::owner, [](Tree& tree, const auto& path) { tree.owner(path, 0, 33); }),
      on_text("extended attribute added", "srv/rights/added", Kind::attribute,
              [](Tree& tree, const auto& path) { tree.attribute(path, "user.note", "x"); }),
      {"extended attribute changed",
       {{"srv/rights/changed", Kind::attribute}},
       [](Tree& tree) { tree.attribute("srv/rights/changed", "user.note", "after"); },
       {},
       [text](const Tree& tree) {
         text(tree, "srv/rights/changed");
         tree.attribute("srv/rights/changed", "user.note", "before");
       }},
      {"extended attribute removed",
       {{"srv/rights/removed", Kind::attribute}},
       [](Tree& tree) { check(::removexattr(tree.at("srv/rights/removed").c_str(), "user.note"), "user.note"); },
       {},
       [text](const Tree& tree) {
         text(tree, "srv/rights/removed");
         tree.attribute("srv/rights/removed", "user.note", "before");
       }},
      // Version 2; owner rw, user 1000 rw, group r, mask rw, other r: the mode stays 0664.
      on_text("access control list", "srv/rights/acl", Kind::acl,
              [](Tree& tree, const auto& path) {
                tree.attribute(path, "system.posix_acl_access",
                               "\2\0\0\0\1\0\6\0\377\377\377\377\2\0\6\0\350\3\0\0\4\0\4\0\377\377\377\377\20\0\6\0\377\377\377\377"
                               "\40\0\4\0\377\377\377\377"sv);
              }),
      on_text(
          "capability", "srv/rights/capable", Kind::capability,
          [](Tree& tree, const auto& path) { tree.attribute(path, "security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv); }),
      on_text("immutable flag (chattr +i)", "srv/rights/immutable", Kind::attribute,
              [](Tree& tree, const auto& path) { tree.make_immutable(path); }),
  };
}

inline std::vector<Change> type_changes() {
  return {
      {"target of a link",
       {{"srv/types/current", Kind::target}},
       [](Tree& tree) {
         tree.remove("srv/types/current");
         tree.link("srv/types/current", "release-0");
       },
       {},
       [](const Tree& tree) { tree.link("srv/types/current", "release-1"); }},
      on_text("file replaced by a link", "srv/types/file-to-link", Kind::type,
              [](Tree& tree, const auto& path) {
                tree.remove(path);
                tree.link(path, "../untouched/1");
              }),
      {"link replaced by a file with the same content",
       {{"srv/types/link-to-file", Kind::type}},
       [](Tree& tree) {
         tree.remove("srv/types/link-to-file");
         tree.put("srv/types/link-to-file", text_of("srv/untouched/1"));
       },
       {},
       [](const Tree& tree) { tree.link("srv/types/link-to-file", "../untouched/1"); }},
      on_text("file replaced by a folder", "srv/types/file-to-folder", Kind::type,
              [](Tree& tree, const auto& path) {
                tree.remove(path);
                tree.folder(path);
              }),
      {"folder replaced by a link",
       {{"srv/types/folder-to-link", Kind::type}},
       [](Tree& tree) {
         tree.rename("srv/types/folder-to-link", "tmp/moved-away");
         tree.link("srv/types/folder-to-link", "/tmp/moved-away");
       },
       {"srv/types/folder-to-link", "tmp/moved-away"},
       [](const Tree& tree) { tree.text("srv/types/folder-to-link/inside"); }},
      new_at("new link out of the root", "var/www/site/uploads/all", [](Tree& tree, const auto& path) { tree.link(path, "/etc"); }),
      {"hard link to etc/shadow",
       {{"etc/shadow", Kind::links}, {"var/www/site/names", Kind::added}},
       [](Tree& tree) { fs::create_hard_link(tree.at("etc/shadow"), tree.at("var/www/site/names")); }},
      new_at("pipe", "srv/types/pipe", [](Tree& tree, const auto& path) { tree.special(path, S_IFIFO | 0666); }),
      new_at("socket", "srv/types/socket", [](Tree& tree, const auto& path) { tree.special(path, S_IFSOCK | 0666); }),
      new_at("device of a disk", "srv/types/disk", [](Tree& tree, const auto& path) { tree.special(path, S_IFBLK | 0666, makedev(8, 0)); }),
      new_at("large sparse file", "srv/types/sparse", [](Tree& tree, const auto& path) { tree.sparse(path, off_t{256} << 20); }),
  };
}

inline std::vector<Change> removals() {
  return {
      on_text("removed file", "srv/gone/file", Kind::removed, [](Tree& tree, const auto& path) { tree.remove(path); }),
      {"removed folder",
       {{"srv/gone/folder", Kind::removed}, {"srv/gone/folder/inside", Kind::removed}},
       [](Tree& tree) { tree.remove("srv/gone/folder"); },
       {},
       [](const Tree& tree) { tree.text("srv/gone/folder/inside"); }},
      {"renamed file",
       {{"srv/gone/name", Kind::removed, "srv/gone/other-name"}, {"srv/gone/other-name", Kind::added, "srv/gone/name"}},
       [](Tree& tree) { tree.rename("srv/gone/name", "srv/gone/other-name"); },
       {},
       [](const Tree& tree) { tree.text("srv/gone/name"); }},
      {"two files that swapped their names",
       {{"srv/gone/left", Kind::content}, {"srv/gone/right", Kind::content}},
       [](Tree& tree) {
         tree.rename("srv/gone/left", "srv/gone/between");
         tree.rename("srv/gone/right", "srv/gone/left");
         tree.rename("srv/gone/between", "srv/gone/right");
       },
       {},
       [](const Tree& tree) { tree.text("srv/gone/left"), tree.text("srv/gone/right"); }},
  };
}

inline std::vector<Change> name_changes() {
  constexpr auto text = [](Tree& tree, const std::string& path) { tree.text(path); };
  std::string deep = "srv/deep", nearly = "srv/long", beyond = "srv/beyond";
  const std::string part(200, 'p');
  for (int i = 0; i < 100; ++i) deep += "/d";
  for (int i = 0; i < 19; ++i) nearly += "/" + part;
  for (int i = 0; i < 30; ++i) beyond += "/" + part;
  return {
      new_at("name that is not UTF-8", "srv/names/caf\xE9", text, {"srv/names"}),
      new_at("name with control characters", "srv/names/a\n\x1B[2J", text),
      new_at("name that reads from right to left", "srv/names/photo\u202Egpj.exe", text),
      new_at("name with a blank at its end", "srv/names/index.html ", text),
      new_at("hidden file", "srv/names/.cache", text),
      new_at("file in a folder ...", "srv/names/.../file", text, {"srv/names/..."}),
      new_at("file below 100 folders", deep + "/file", text, {"srv/deep"}),
      new_at("path of almost 4,000 bytes", nearly + "/file", text, {"srv/long"}),
      new_at("path of 6,000 bytes", beyond + "/hidden", [part](Tree& tree, const auto&) { tree.put_beyond_reach("srv/beyond", part, 30); },
             {"srv/beyond"}),
  };
}

inline std::vector<Change> file_changes() {
  std::vector<Change> all;
  for (auto* part : {content_changes, rights_changes, type_changes, removals, name_changes}) join(all, part());
  return all;
}

}  // namespace kulla::planted
