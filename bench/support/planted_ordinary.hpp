// What a machine does by itself, every day. None of it is a finding.
#pragma once
#include "base/process.hpp"
#include "support/planted_archive.hpp"
#include "support/planted_change.hpp"

namespace kulla::planted {

/// `before` makes text at each path.
inline Change ordinary(std::string name, const std::vector<std::string>& there, std::function<void(Tree&)> act,
                       const std::vector<std::string>& coming = {}) {
  auto paths = there;
  paths.insert(paths.end(), coming.begin(), coming.end());
  return {std::move(name), {}, std::move(act), std::move(paths), [there](const Tree& tree) {
            for (const auto& path : there)
              if (!fs::exists(tree.at(path))) tree.text(path);
          }};
}

inline Change rotated(std::string name, const std::string& log, int times) {
  return ordinary(std::move(name), {log},
                  [=](Tree& tree) {
                    for (int i = 0; i < times; ++i) rotate(tree, log);
                  },
                  {log + ".1", log + ".2.gz", log + ".3.gz"});
}
inline Change rotated_with_old_ones() {
  auto change = rotated("log rotated, and its old ones", "var/log/kern.log", 1);
  change.before = [](const Tree& tree) {
    tree.text("var/log/kern.log"), tree.text("var/log/kern.log.1");
    tree.put("var/log/kern.log.2.gz", gzip_of(text_of("an older one")));
  };
  return change;
}

inline std::vector<Change> ordinary_rotations() {
  return {
      rotated("log rotated", "var/log/app.log", 1),
      rotated("log rotated twice", "var/log/web.log", 2),
      rotated("log rotated three times", "var/log/ftp.log", 3),
      rotated_with_old_ones(),
      ordinary("log rotated by a date", {"var/log/mail.log"},
               [](Tree& tree) {
                 tree.rename("var/log/mail.log", "var/log/mail.log-20260101");
                 tree.put("var/log/mail.log", "first line of a new day\n");
               },
               {"var/log/mail.log-20260101"}),
      ordinary("log copied and cut", {"var/log/db.log"},
               [](Tree& tree) {
                 tree.put("var/log/db.log.1", tree.read("var/log/db.log"));
                 tree.put("var/log/db.log", "");
               },
               {"var/log/db.log.1"}),
      ordinary("log rotated and packed at once", {"var/log/dns.log"},
               [](Tree& tree) {
                 tree.put("var/log/dns.log.1.gz", gzip_of(tree.read("var/log/dns.log")));
                 tree.remove("var/log/dns.log");
                 tree.put("var/log/dns.log", "first line of a new day\n");
               },
               {"var/log/dns.log.1.gz"}),
  };
}

inline std::vector<Change> ordinary_logs() {
  const auto large = [] {
    std::string text;
    for (auto line = text_of("a busy service"); text.size() < (std::size_t{65} << 20);) text += line;
    return text;
  };
  Change large_log{"large log grown",
                   {},
                   [](Tree& tree) { tree.append("var/log/busy/access.log", "more\n"); },
                   {"var/log/busy"},
                   [large](const Tree& tree) { tree.put("var/log/busy/access.log", large()); }};
  Change large_packed{"large log packed",
                      {},
                      [large](Tree& tree) {
                        const auto text = large();
                        tree.put("var/log/full/access.log.2.gz", gzip_of(tree.read("var/log/full/access.log") + text + text + text + text));
                        tree.put("var/log/full/access.log", "begun anew\n");
                      },
                      {"var/log/full/access.log.2.gz", "var/log/full/access.log"},
                      [](const Tree& tree) { tree.put("var/log/full/access.log", "a line of the large log\n"); }};
  return {
      ordinary("log grown", {"var/log/apache2/access.log"}, [](Tree& tree) { tree.append("var/log/apache2/access.log", "more\n"); }),
      large_log,
      large_packed,
      ordinary("a log each day", {"var/log/postgresql/postgresql-2026-01-01_000000.log"},
               [](Tree& tree) { tree.text("var/log/postgresql/postgresql-2026-01-02_000000.log"); },
               {"var/log/postgresql/postgresql-2026-01-02_000000.log"}),
      ordinary("somebody logged in", {"var/log/btmp", "var/log/lastlog"},
               [](Tree& tree) {
                 tree.append("var/log/btmp", "more");
                 tree.flip("var/log/lastlog");
               }),
      ordinary("journal", {"var/log/journal/0a1b/system.journal"},
               [](Tree& tree) {
                 tree.flip("var/log/journal/0a1b/system.journal");
                 tree.put("var/log/journal/0a1b/system@0001.journal", noise(21));
               },
               {"var/log/journal/0a1b/system@0001.journal"}),
  };
}

/// A package as apt keeps it.
inline void download(const Tree& tree, const std::string& path) {
  const auto folder = TemporaryFolder::make("kulla-bench-deb").value();
  const Tree content{folder.path() / "deb"};
  content.put("DEBIAN/control", "Package: downloaded\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@example.org>\nDescription: x\n");
  content.copy("usr/bin/downloaded", "/bin/cat");
  content.put("usr/share/doc/downloaded/changelog.gz", gzip_of(text_of("changelog")));
  fs::create_directories(tree.at(path).parent_path());
  const auto built = run({"dpkg-deb", "--build", content.root().string(), tree.at(path).string()});
  if (!built || built->exit_code != 0) throw std::system_error(std::make_error_code(std::errc::not_supported), "dpkg-deb");
}

inline std::vector<Change> ordinary_caches() {
  return {
      ordinary("caches changed, made, dropped", {"var/cache/apt/pkgcache.bin", "var/cache/man/index.db"},
               [](Tree& tree) {
                 tree.put("var/cache/apt/pkgcache.bin", noise(22));
                 tree.put("var/cache/fontconfig/a.cache-7", noise(23));
                 tree.remove("var/cache/man/index.db");
               },
               {"var/cache/fontconfig"}),
      ordinary("touched in a cache", {"var/cache/debconf/config.dat"},
               [](Tree& tree) { tree.touch("var/cache/debconf/config.dat", 1'600'000'000); }),
      ordinary("a user's cache", {"home/ana/.cache/thumbnails/a.png"},
               [](Tree& tree) {
                 tree.put("home/ana/.cache/thumbnails/b.png", noise(24));
                 tree.remove("home/ana/.cache/thumbnails/a.png");
               },
               {"home/ana/.cache/thumbnails/b.png"}),
      ordinary("temporary files", {"tmp/session-1", "var/tmp/upload-1"},
               [](Tree& tree) {
                 tree.remove("tmp/session-1");
                 tree.text("tmp/session-2");
                 tree.text("var/tmp/build/part");
               },
               {"tmp/session-2", "var/tmp/build"}),
      ordinary("a package that apt keeps", {"var/cache/apt/archives/lock"},
               [](Tree& tree) { download(tree, "var/cache/apt/archives/downloaded_1_amd64.deb"); },
               {"var/cache/apt/archives/downloaded_1_amd64.deb"}),
      ordinary("sockets of a session", {"run/user/1000/there"},
               [](Tree& tree) {
                 tree.special("run/user/1000/bus", S_IFSOCK | 0666);
                 tree.folder("tmp/ssh-a1b2c3", 0700);
                 tree.special("tmp/ssh-a1b2c3/agent.7", S_IFSOCK | 0600);
               },
               {"run/user/1000", "tmp/ssh-a1b2c3"}),
      ordinary("process numbers", {"run/web.pid"}, [](Tree& tree) { tree.put("run/web.pid", "4711\n"); }),
      ordinary("mime cache", {"usr/share/mime/mime.cache"}, [](Tree& tree) { tree.put("usr/share/mime/mime.cache", noise(25)); }),
  };
}

inline std::vector<Change> ordinary_state() {
  return {
      ordinary("dpkg's lock and old status", {"var/lib/dpkg/lock", "var/lib/dpkg/status-old"},
               [](Tree& tree) {
                 tree.touch("var/lib/dpkg/lock", 1'600'000'000);
                 tree.append("var/lib/dpkg/status-old", "\n");
               }),
      ordinary("lists of packages", {"var/lib/apt/lists/deb.debian.org_InRelease"},
               [](Tree& tree) { tree.flip("var/lib/apt/lists/deb.debian.org_InRelease"); }),
      ordinary("systemd's timers", {"var/lib/systemd/timers/stamp-apt-daily.timer"},
               [](Tree& tree) { tree.touch("var/lib/systemd/timers/stamp-apt-daily.timer", 1'600'000'000); }),
      ordinary("seed of random numbers", {"var/lib/systemd/random-seed"},
               [](Tree& tree) { tree.put("var/lib/systemd/random-seed", noise(27, 512)); }),
  };
}

inline std::vector<Change> ordinary_changes() {
  std::vector<Change> all;
  for (auto* part : {ordinary_rotations, ordinary_logs, ordinary_caches, ordinary_state}) join(all, part());
  return all;
}

}  // namespace kulla::planted
