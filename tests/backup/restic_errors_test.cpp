// Every row of restic_errors.def with what restic 0.14 really said. All were provoked, but for those that are marked.
#include "backup/restic_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace kulla::backup {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Said {
  std::string_view row;    ///< of the table, that is to decide
  std::string_view text;   ///< restic's standard error
  Code code;
  std::string_view shows;  ///< in the error
};
constexpr std::string_view refused_retry =
    "Load(<index/cce2539616>, 0, 0) returned error, retrying after 15.394871241s: open /r/index/cce2: permission denied\n"
    "error: error loading index cce2539616a72a89b0ae8c3fc8ef53f343f4bae3d909c6331d26ee620bd8dc91: open /r/index/cce2: permission denied\n"
    "Fatal: LoadIndex returned errors\n";
constexpr std::string_view bad_index =
    "error: error loading index cce2539616a72a89b0ae8c3fc8ef53f343f4bae3d909c6331d26ee620bd8dc91: load <index/cce2539616>: invalid data "
    "returned\n"
    "Fatal: LoadIndex returned errors\n";
constexpr std::string_view bad_tree =
    "error for tree 69ed8714:\n"
    "  id 69ed87145fc0443150696cfde1de4eca2ed220cb889444d3ca9bca0ae709ec06 not found in repository\n"
    "Fatal: repository contains errors\n";
constexpr std::string_view packs =
    "pack eb607877: does not exist\npack 97416f: unexpected file size: got 1000000, expected 5301423\npack aa: does not exist\n"
    "pack bb: does not exist\nFatal: repository contains errors\n";

const Said all[] = {
    {"wrong password or no key found", "Fatal: wrong password or no key found\n", Code::backup_password, "wrong password"},
    {"resolving password failed", "Resolving password failed: Fatal: /x does not exist\n", Code::backup_password, "/x does not exist"},
    {"repository is already locked",
     "unable to create lock in backend: repository is already locked exclusively by PID 7 on db1 by root (UID 0, GID 0)\n"
     "lock was created at 2026-11-28 05:18:04 (1.5s ago)\nstorage ID 8c372860\n",
     Code::backup_locked, "PID 7 on db1"},
    {"no space left on device",
     "ignoring error for /srv/big2: write /scratch/srv/big2: no space left on device\n"
     "ignoring error for /srv/new\nline: write /scratch/srv/new\nline: no space left on device\nFatal: There were 5 errors\n\n",
     Code::backup_full, "/srv/big2"},
    {"disk quota exceeded", "Fatal: unable to save snapshot: write /b/data/tmp: disk quota exceeded\n", Code::backup_full,
     "quota"},  // from the kernel's text
    {"file too large", "ignoring error for /srv/big2: write /scratch/srv/big2: file too large\nFatal: There were 4 errors\n\n",
     Code::backup_full, "/srv/big2"},
    {"connection refused",
     "Fatal: unable to open config file: client.Head: Head \"http://127.0.0.1:1/x/config\": dial tcp 127.0.0.1:1: connect: connection "
     "refused\n"
     "Is there a repository at the following location?\nrest:http://127.0.0.1:1/x/\n",
     Code::backup_unreachable, "127.0.0.1:1"},
    {"connection refused",
     "Fatal: unable to open config file: Stat: Get \"http://127.0.0.1:1/bucket/?location=\": dial tcp 127.0.0.1:1: connect: connection "
     "refused\n",
     Code::backup_unreachable, "bucket"},
    {"connection refused",
     "subprocess ssh: ssh: connect to host 127.0.0.1 port 1: Connection refused\n"
     "Fatal: unable to open repository at sftp://root@127.0.0.1:1//x: unable to start the sftp session, error: EOF\n",
     Code::backup_unreachable, "port 1"},
    {"connection reset",
     "Fatal: unable to open config file: client.Head: Head \"http://127.0.0.1:43257/config\": read tcp 127.0.0.1:42234->127.0.0.1:43257: "
     "read: "
     "connection reset by peer\n",
     Code::backup_unreachable, "43257"},
    {"connection timed out", "subprocess ssh: ssh: connect to host db1 port 22: Connection timed out\n", Code::backup_unreachable,
     "db1"},  // not provoked
    {"no such host",
     "Fatal: unable to open config file: client.Head: Head \"http://no-such-host.invalid/x/config\": dial tcp: lookup no-such-host.invalid "
     "on "
     "10.0.0.53:53: no such host\n",
     Code::backup_unreachable, "no-such-host.invalid"},
    {"server misbehaving",
     "Fatal: unable to open config file: client.Head: Head \"http://db1/config\": dial tcp: lookup db1: server misbehaving\n",
     Code::backup_unreachable, "lookup db1"},  // not provoked
    {"could not resolve hostname",
     "subprocess ssh: ssh: Could not resolve hostname no-such-host.invalid: Name or service not known\n"
     "Fatal: unable to open repository at sftp://root@no-such-host.invalid//x: unable to start the sftp session, error: EOF\n",
     Code::backup_unreachable, "Could not resolve"},
    {"no route to host",
     "Fatal: unable to open config file: client.Head: Head \"http://[2001:db8::1]:1/config\": dial tcp [2001:db8::1]:1: connect: no route "
     "to host\n",
     Code::backup_unreachable, "2001:db8::1"},
    {"network is unreachable", "subprocess ssh: ssh: connect to host 10.9.0.2 port 22: Network is unreachable\n", Code::backup_unreachable,
     "10.9.0.2"},
    {"i/o timeout", "Fatal: unable to open config file: client.Head: Head \"http://db1/config\": dial tcp 10.9.0.2:80: i/o timeout\n",
     Code::backup_unreachable, "10.9.0.2"},  // not provoked
    {"tls handshake timeout",
     "Fatal: unable to open config file: client.Head: Head \"https://127.0.0.1:48743/config\": net/http: TLS handshake timeout\n",
     Code::backup_unreachable, "48743"},
    {"x509: ",
     "Fatal: unable to open config file: client.Head: Head \"https://127.0.0.1:43445/config\": x509: cannot validate certificate for "
     "127.0.0.1 "
     "because it doesn't contain any IP SANs\n",
     Code::backup_unreachable, "certificate"},
    {"host key verification failed",
     "subprocess ssh: Host key verification failed.\n"
     "Fatal: unable to open repository at sftp://root@127.0.0.1:41022//x: unable to start the sftp session, error: EOF\n",
     Code::backup_unreachable, "Host key"},
    {"unexpected http response (5",
     "Fatal: unable to open config file: unexpected HTTP response (500): 500 Internal Server Error\n"
     "Is there a repository at the following location?\nrest:http://127.0.0.1:37387/\n",
     Code::backup_unreachable, "500"},
    {"unexpected http response (429", "Fatal: unable to open config file: unexpected HTTP response (429): 429 Too Many Requests\n",
     Code::backup_unreachable, "429"},
    {"500 internal server error",
     "Fatal: unable to open config file: Stat: 500 Internal Server Error\nIs there a repository at the following "
     "location?\ns3:http://127.0.0.1:19101/backups/tax\n",
     Code::backup_unreachable, "500"},
    {"502 bad gateway",
     "Fatal: unable to open config file: Stat: 502 Bad Gateway\nIs there a repository at the following "
     "location?\ns3:http://127.0.0.1:19101/backups/tax\n",
     Code::backup_unreachable, "502"},
    {"503 service unavailable",
     "Fatal: unable to open config file: Stat: 503 Service Unavailable\nIs there a repository at the following "
     "location?\ns3:http://127.0.0.1:19101/backups/tax\n",
     Code::backup_unreachable, "503"},
    {"encountered an internal error",
     "Fatal: unable to open config file: Stat: We encountered an internal error. Please try again.\nIs there a repository at the following "
     "location?\ns3:http://127.0.0.1:19101/backups/tax\n",
     Code::backup_unreachable, "internal error"},
    {"reduce your request rate",
     "Fatal: unable to open config file: Stat: Please reduce your request rate.\nIs there a repository at the following "
     "location?\ns3:http://127.0.0.1:19101/backups/tax\n",
     Code::backup_unreachable, "request rate"},
    {"400 bad request",
     "Fatal: unable to open config file: Stat: 400 Bad Request\nIs there a repository at the following "
     "location?\ns3:http://127.0.0.1:19101/backups/tax\n",
     Code::backup_refused, "400"},
    {"request signature we calculated",
     "Fatal: unable to open config file: Stat: The request signature we calculated does not match the signature you provided.\nIs there a "
     "repository at the following location?\ns3:http://127.0.0.1:19101/backups/tax\n",
     Code::backup_refused, "signature"},
    {"token has expired",
     "Fatal: unable to open config file: Stat: The provided token has expired.\nIs there a repository at the following "
     "location?\ns3:http://127.0.0.1:19101/backups/tax\n",
     Code::backup_refused, "token"},
    {"difference between the request time",
     "Fatal: unable to open config file: Stat: The difference between the request time and the current time is too large.\nIs there a "
     "repository at the following location?\ns3:http://127.0.0.1:19101/backups/tax\n",
     Code::backup_refused, "current time"},
    {"unable to start the sftp session",
     "Fatal: unable to open repository at sftp://root@10.10.0.2//x: unable to start the sftp session, error: read |0: file already "
     "closed\n",
     Code::backup_unreachable, "10.10.0.2"},
    {"401 unauthorized", "Fatal: unable to open config file: unexpected HTTP response (401): 401 Unauthorized\n", Code::backup_refused,
     "401"},
    {"403 forbidden", "Fatal: unable to open config file: unexpected HTTP response (403): 403 Forbidden\n", Code::backup_refused, "403"},
    {"access denied",
     "Fatal: unable to open config file: Stat: Access Denied.\nIs there a repository at the following location?\n"
     "s3:http://127.0.0.1:41819/bucket/c\n",
     Code::backup_refused, "Access Denied"},
    {"access key id you provided",
     "Fatal: unable to open config file: Stat: The Access Key Id you provided does not exist in our records.\n", Code::backup_refused,
     "Access Key"},
    {"permission denied",
     "subprocess ssh: root@127.0.0.1: Permission denied (publickey,keyboard-interactive).\n"
     "Fatal: unable to open repository at sftp://root@127.0.0.1:41022//x: unable to start the sftp session, error: EOF\n",
     Code::backup_refused, "publickey"},
    {"unable to open config file",
     "Fatal: unable to open config file: <config/> does not exist\nIs there a repository at the following location?\n"
     "rest:http://127.0.0.1:35285/\n",
     Code::backup_missing, "<config/>"},
    {"unable to open config file",
     "Fatal: unable to open config file: Lstat: file does not exist\nIs there a repository at the following location?\n"
     "sftp://root@127.0.0.1:41022//x\n",
     Code::backup_missing, "Lstat"},
    {"permission denied", refused_retry, Code::backup_refused, "permission denied"},
    {"permission denied", "Fatal: unable to open repository at /r: ReadDir: open /r/keys: permission denied\n", Code::backup_refused,
     "/r/keys"},
    {"config file has zero size",
     "config file has zero size, invalid repository?\nmain.open\n\tgithub.com/restic/restic/cmd/restic/global.go:760\nruntime.goexit\n"
     "\truntime/asm_amd64.s:1594\n",
     Code::backup_damaged, "zero size"},
    {"unable to open config file",
     "Fatal: unable to open config file: stat /x/config: no such file or directory\nIs there a repository at the following location?\n/x\n",
     Code::backup_missing, "/x/config"},
    {"config file already exists", "Fatal: create repository at repo failed: config file already exists\n", Code::backup_exists, "repo"},
    {"no snapshot found", "latest snapshot for criteria not found: no snapshot found Paths:[] Hosts:[]\n", Code::backup_no_snapshot,
     "criteria"},
    {"no matching id found", "invalid id \"deadbeef\": no matching ID found for prefix \"deadbeef\"\n", Code::backup_no_snapshot,
     "deadbeef"},
    {"not found in snapshot", "cannot dump file: path \"/nofile\" not found in snapshot\n", Code::backup_no_snapshot, "/nofile"},
    {"unexpected file size", "pack 97416f: unexpected file size: got 1000, expected 200293\nFatal: repository contains errors\n",
     Code::backup_damaged, "pack 97416f"},
    {"ciphertext verification failed",
     "ignoring error for /srv/sub/b: ciphertext verification failed\nignoring error for /srv/sub/b: UtimesNano: no such file or directory\n"
     "Fatal: There were 2 errors\n\n",
     Code::backup_damaged, "/srv/sub/b"},
    {"invalid data returned", bad_index, Code::backup_damaged, "cce2539616"},
    {"streampack",
     "Load(<data/eb6078774a>, 5300772, 0) returned error, retrying after 15.394871241s: open /r/data/eb/eb60: no such file or directory\n"
     "ignoring error for /srv/big: StreamPack: open /r/data/eb/eb60: no such file or directory\nFatal: There were 24 errors\n\n",
     Code::backup_damaged, "/srv/big"},
    {": does not exist", "pack 97416f: does not exist\nFatal: repository contains errors\n", Code::backup_damaged, "pack 97416f"},
    {"not found in index",
     "error for tree 9fa7180e:\n  tree 9fa7180e316c: file \"g\" blob 27b0eccff155 not found in index\nFatal: repository contains errors\n",
     Code::backup_damaged, "file \"g\""},
    {"unknown blob ",
     "Unknown blob 27b0eccff155\ngithub.com/restic/restic/internal/restorer.(*fileRestorer).forEachBlob\nruntime.goexit\n"
     "\truntime/asm_amd64.s:1594\n",
     Code::backup_damaged, "27b0eccff155"},
    {"not found in repository", bad_tree, Code::backup_damaged, "69ed87145fc0"},
    {"unexpected eof", "Load(<data/eb6078774a>, 5300772, 0) returned error, retrying after 552.330144ms: ReadFull: unexpected EOF\n",
     Code::backup_damaged, "eb6078774a"},
    {"repository contains errors", "Fatal: repository contains errors\n", Code::backup_damaged, "contains errors"},
    {"loadindex returned errors", "Fatal: LoadIndex returned errors\n", Code::backup_damaged, "LoadIndex"},
};

std::string small(std::string_view text) {
  std::string letters{text};
  std::ranges::transform(letters, letters.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return letters;
}

bool has_test(std::string_view row, Code means) {
  return std::ranges::any_of(all, [&](const Said& said) { return said.row == row && said.code == means; });
}

TEST(ResticErrors, EachIsToldApartByWhatResticSays) {
  for (const auto& said : all) {
    const auto error = restic_error("check", said.text);
    EXPECT_EQ(error.code, said.code) << said.text;
    EXPECT_THAT(error.what, HasSubstr(said.shows));
    EXPECT_THAT(error.what, Not(HasSubstr("\n")));
    EXPECT_THAT(small(said.text), HasSubstr(said.row));
  }
}

TEST(ResticErrors, EveryRowHasItsTest) {
#define KULLA_RESTIC(says, means) EXPECT_TRUE(has_test(says, means)) << says;
#include "backup/restic_errors.def"
#undef KULLA_RESTIC
}

TEST(ResticErrors, WhatIsNotKnownIsShown) {
  EXPECT_EQ(restic_error("check", "first\nFatal: something new\nlast\n").what, "restic check: Fatal: something new");
  EXPECT_EQ(restic_error("check", "first\nlast\n").what, "restic check: last");
  EXPECT_EQ(restic_error("check", "something new\nmain.open\n\tx.go:1\nruntime.goexit\n\ty.s:2\n").what, "restic check: something new");
  EXPECT_EQ(restic_error("check", "").what, "restic check: it failed without a word");
  EXPECT_EQ(restic_error("restore", "half a line", 128 + 9).what, "restic restore: ended by signal 9");
  EXPECT_EQ(restic_error("check", "first\nlast\n").code, Code::process_failed);
}

TEST(ResticErrors, WhatTheCheckNamesIsListed) {
  EXPECT_EQ(
      damage_in(bad_tree),
      "restic check: error for tree 69ed8714: id 69ed87145fc0443150696cfde1de4eca2ed220cb889444d3ca9bca0ae709ec06 not found in repository");
  EXPECT_EQ(
      damage_in(packs),
      "restic check: pack eb607877: does not exist; pack 97416f: unexpected file size: got 1000000, expected 5301423; pack aa: does not "
      "exist; and 1 more");
  EXPECT_EQ(damage_in("Fatal: repository contains errors\n"), "restic check: Fatal: repository contains errors");
}

TEST(ResticErrors, MalformedIndexesAreNamedWhole) {
  EXPECT_THAT(malformed_indexes(bad_index), ElementsAre("cce2539616a72a89b0ae8c3fc8ef53f343f4bae3d909c6331d26ee620bd8dc91"));
  EXPECT_THAT(malformed_indexes(packs), IsEmpty());
  EXPECT_THAT(malformed_indexes("error: error loading index ../../../../etc: no\n"), IsEmpty());
}
}  // namespace
}  // namespace kulla::backup
