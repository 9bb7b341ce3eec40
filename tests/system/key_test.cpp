// Keys as people hold them: sealed files, passphrases typed on a terminal, and a token (SoftHSM2). Real processes; no daemon is needed to sign.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <fstream>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/keys.hpp"
#include "base/process.hpp"
#include "model/codec.hpp"
#include "model/evidence.hpp"
#include "system/support/daemon_world.hpp"

namespace kulla::test {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr const char* words = "correct horse battery";
constexpr const char* other_words = "another horse battery";

/// A program on a terminal of its own.
class OnTerminal {
 public:
  explicit OnTerminal(std::vector<std::string> arguments) {
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    int device = -1;
    child_ = ::forkpty(&device, nullptr, nullptr, nullptr);
    if (child_ == 0) {
      ::execvp(pointers[0], pointers.data());
      ::_exit(127);
    }
    device_ = Descriptor{device};
  }
  ~OnTerminal() {
    if (child_ > 0) ::kill(child_, SIGKILL), ::waitpid(child_, nullptr, 0);
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;
  /// Waits until the terminal shows `prompt` anew, then types.
  void type_after(const std::string& prompt, const std::string& typed) {
    while (shown_.find(prompt, seen_) == std::string::npos)
      if (!more()) FAIL() << "no \"" << prompt << "\" in: " << shown_;
    seen_ = shown_.find(prompt, seen_) + prompt.size();
    ASSERT_EQ(::write(device_.get(), typed.data(), typed.size()), std::ssize(typed));
  }
  [[nodiscard]] bool echoes() const {
    termios state{};
    return ::tcgetattr(device_.get(), &state) == 0 && (state.c_lflag & ECHO) != 0;
  }
  /// All that was shown; waits for the end.
  std::string shown() {
    while (more()) continue;
    return shown_;
  }
  int exit_code() {
    int status = 0;
    (void)shown();
    if (::waitpid(std::exchange(child_, -1), &status, 0) < 0) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  bool more() {
    char bytes[4096];
    pollfd waiting{device_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, 30'000) != 1) return false;
    const auto got = ::read(device_.get(), bytes, sizeof bytes);
    if (got <= 0) return false;  // EIO: the other side has closed
    shown_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  pid_t child_ = -1;
  Descriptor device_;
  std::string shown_;
  std::size_t seen_ = 0;
};

class KeyCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    put("words", std::string(words) + "\n");
    put("other", std::string(other_words) + "\n");
    offer_.service = ServiceId{"e-tax"};
    offer_.closure = ClosureId{"abcdef012345"};
    offer_.expires = SystemClock{}.now().wall + 1h;
    const Basis basis{.service = offer_.service,
                      .closure = offer_.closure,
                      .purpose = offer_.purpose,
                      .closed = offer_.expires - 2h,
                      .why = "a file changed",
                      .first_evidence = {},
                      .reports = {},
                      .proofs = {}};
    offer_.basis = hash_of(basis);
    auto approval = codec::encode(offer_).as_object();
    for (const auto* filled_later : {"person", "key", "signature"}) approval.erase(filled_later);
    put("offer", json::serialize(json::object{{"approval", approval},
                                              {"closed", {{"at", to_rfc3339(basis.closed)}, {"why", basis.why}}},
                                              {"first_evidence", nullptr},
                                              {"reports", json::array{}},
                                              {"proofs", json::array{}}}));
  }
  void put(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    std::ofstream{path(name), std::ios::binary} << text;
    ASSERT_EQ(::chmod(path(name).c_str(), mode), 0);
  }
  [[nodiscard]] std::string text(const std::string& name) const { return read_file(path(name), 1 << 20).value_or(""); }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] std::map<std::string, std::string> environment() const { return {{"SOFTHSM2_CONF", path("softhsm.conf")}}; }
  /// Without a terminal, as in a unit or in cron.
  [[nodiscard]] Finished kulla(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"setsid", "--wait", kulla_binary()});
    RunOptions options;
    options.environment = environment();
    return run(arguments, options).value();
  }
  [[nodiscard]] Finished sign(std::vector<std::string> more) const {
    std::filesystem::remove(path("offer.ana"));
    std::vector<std::string> all{"approve", "e-tax", "--sign", path("offer"), "--person", "ana", "--yes"};
    all.insert(all.end(), more.begin(), more.end());
    return kulla(all);
  }
  /// True where offer.ana holds what was offered, signed by this key.
  [[nodiscard]] bool is_signed_by(const PublicKey& key) const {
    const auto document = parse_json(text("offer.ana"));
    if (!document) return false;
    const auto approval = codec::decode<Approval>(document->at("signed").as_object());
    return approval && approval->key == key && approval->person == PersonId{"ana"} && approval->basis == offer_.basis &&
           verify(key, signed_text(*approval), approval->signature);
  }
  void make_sealed() const { ASSERT_EQ(kulla({"key", "new", path("ana.key"), "--passphrase-file", path("words")}).exit_code, 0); }
  [[nodiscard]] PublicKey ana() const { return read_public_key(path("ana.key.pub")).value(); }
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-key-test");
  Approval offer_;
};

TEST_F(KeyCommand, a_sealed_key_is_made_shown_and_given_another_passphrase) {
  make_sealed();
  EXPECT_THAT(text("ana.key"), AllOf(HasSubstr("ed25519-sealed"), Not(HasSubstr("seed"))));
  for (const auto* file : {"ana.key", "ana.key.pub"}) EXPECT_THAT(kulla({"key", "show", path(file)}).out, HasSubstr(to_hex(ana())));
  const auto before = text("ana.key");
  const auto seal_with = [&](const std::string& old, const std::string& fresh) {
    return kulla({"key", "seal", path("ana.key"), "--passphrase-file", path(old), "--new-passphrase-file", path(fresh)});
  };
  const auto wrong = seal_with("other", "words");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("ana.key: the passphrase is wrong"), Not(HasSubstr(other_words))));
  EXPECT_EQ(text("ana.key"), before);
  EXPECT_EQ(seal_with("words", "other").exit_code, 0);
  EXPECT_EQ(seal_with("words", "other").exit_code, 2) << "the old passphrase opens nothing any more";
  EXPECT_EQ(sign({"--key", path("ana.key"), "--passphrase-file", path("other")}).exit_code, 0);
  EXPECT_TRUE(is_signed_by(ana()));
  struct stat status{};
  EXPECT_EQ(::stat(path("ana.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}
TEST_F(KeyCommand, a_plain_key_is_sealed_where_a_link_leads) {
  ASSERT_EQ(kulla({"key", "new", path("plain.key")}).exit_code, 0);
  const auto key = read_secret_key(path("plain.key")).value();
  std::filesystem::create_symlink("plain.key", path("link.key"));
  EXPECT_EQ(kulla({"key", "seal", path("link.key"), "--new-passphrase-file", path("words")}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(path("link.key")));
  EXPECT_THAT(text("plain.key"), AllOf(HasSubstr("ed25519-sealed"), Not(HasSubstr(to_hex(key.seed())))));
  EXPECT_EQ(sign({"--key", path("link.key"), "--passphrase-file", path("words")}).exit_code, 0);
  EXPECT_TRUE(is_signed_by(key.public_key()));
}
TEST_F(KeyCommand, what_is_signed_is_shown_first_and_a_wrong_passphrase_signs_nothing) {
  make_sealed();
  const auto refused = sign({"--key", path("ana.key"), "--passphrase-file", path("other")});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.out, AllOf(HasSubstr("You are about to approve"), HasSubstr("a file changed")));
  EXPECT_THAT(refused.err, HasSubstr("the passphrase is wrong, or the file was altered"));
  EXPECT_FALSE(std::filesystem::exists(path("offer.ana")));
  const auto nobody = sign({"--key", path("ana.key")});
  EXPECT_EQ(nobody.exit_code, 2);
  EXPECT_THAT(nobody.err, HasSubstr("no terminal to ask on"));
  put("words", words, 0644);
  EXPECT_THAT(sign({"--key", path("ana.key"), "--passphrase-file", path("words")}).err, HasSubstr("others may read this secret"));
}
TEST_F(KeyCommand, baselines_are_signed_with_a_sealed_key_too) {
  make_sealed();
  std::filesystem::create_directory(path("root"));
  put("root/file", "text", 0644);
  std::vector<std::string> take{"inspect", "baseline", path("root"), "-o", path("baseline"), "--key", path("ana.key")};
  EXPECT_EQ(kulla(take).exit_code, 2);
  take.insert(take.end(), {"--passphrase-file", path("words")});
  EXPECT_EQ(kulla(take).exit_code, 0);
  EXPECT_EQ(kulla({"inspect", "check", path("root"), "--baseline", path("baseline"), "--trust", path("ana.key.pub")}).exit_code, 0);
}

// --- typed on a terminal

TEST_F(KeyCommand, a_passphrase_is_typed_twice_and_never_shown) {
  OnTerminal make{{kulla_binary(), "key", "new", path("ana.key"), "--passphrase"}};
  make.type_after("New passphrase for", "correct horseX\x7f batteryyy\x08\b\n");
  EXPECT_FALSE(make.echoes());
  make.type_after("The same again: ", std::string("wrong\x15") + words + "\r");
  EXPECT_EQ(make.exit_code(), 0) << make.shown();
  EXPECT_THAT(make.shown(), Not(AnyOf(HasSubstr("correct"), HasSubstr("battery"))));

  OnTerminal signing{{kulla_binary(), "approve", "e-tax", "--sign", path("offer"), "--person", "ana", "--key", path("ana.key")}};
  signing.type_after("Type the service's name to sign: ", "e-tax\n");
  signing.type_after("Passphrase of ", std::string(words) + "\n");
  EXPECT_EQ(signing.exit_code(), 0) << signing.shown();
  EXPECT_LT(signing.shown().find("You are about to approve"), signing.shown().find("Passphrase of "));
  EXPECT_TRUE(is_signed_by(ana()));
}
TEST_F(KeyCommand, two_that_differ_make_no_key) {
  OnTerminal make{{kulla_binary(), "key", "new", path("ana.key"), "--passphrase"}};
  make.type_after("New passphrase for", std::string(words) + "\n");
  make.type_after("The same again: ", std::string(other_words) + "\n");
  EXPECT_EQ(make.exit_code(), 2);
  EXPECT_THAT(make.shown(), HasSubstr("the two passphrases differ"));
  EXPECT_FALSE(std::filesystem::exists(path("ana.key")) || std::filesystem::exists(path("ana.key.pub")));
}
TEST_F(KeyCommand, control_c_at_the_prompt_leaves_a_terminal_that_echoes) {
  make_sealed();
  OnTerminal shell{{"sh", "-c", fmt::format("{} key seal {}; echo ended with $?; read line", kulla_binary(), path("ana.key"))}};
  shell.type_after("Passphrase of ", "corr\x03");
  shell.type_after("ended with 2", "");
  EXPECT_TRUE(shell.echoes());
  shell.type_after("", "\n");
  EXPECT_EQ(shell.exit_code(), 0);
}

// --- a token

class TokenKey : public KeyCommand {
 protected:
  static constexpr const char* module = "/usr/lib/softhsm/libsofthsm2.so";
  void SetUp() override {
    KeyCommand::SetUp();
    if (!std::filesystem::exists(module))
      GTEST_SKIP() << "NO TOKEN TESTED: " << module << " is missing; scripts/setup test installs softhsm2";
    std::filesystem::create_directory(path("tokens"));
    configure("ALL");
    tool({"--init-token", "--free", "--label", "office", "--pin", "7391", "--so-pin", "567890"});
    import_key("ana", "01", "ed25519");
    if (::testing::Test::HasFatalFailure()) return;
    put("pin", "7391\n");
    put("wrong-pin", "1937\n");
  }
  void configure(const std::string& mechanisms) const {
    put("softhsm.conf", fmt::format("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\nslots.mechanisms = {}\n",
                                    path("tokens"), mechanisms));
  }
  void tool(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "softhsm2-util");
    RunOptions options;
    options.environment = environment();
    const auto ran = run(arguments, options).value();
    ASSERT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  }
  void import_key(const std::string& label, const std::string& id, const std::string& kind) const {
    std::vector<std::string> make{"openssl", "genpkey", "-algorithm", kind, "-out", path(label + ".pem")};
    if (kind == "EC") make.insert(make.end(), {"-pkeyopt", "ec_paramgen_curve:P-256"});
    ASSERT_EQ(run(make).value().exit_code, 0);
    tool({"--import", path(label + ".pem"), "--token", "office", "--label", label, "--id", id, "--pin", "7391"});
  }
  /// The public key as openssl has it: the last 32 bytes of the DER.
  [[nodiscard]] PublicKey openssl_key(const std::string& label) const {
    PublicKey key;
    const auto der = run({"openssl", "pkey", "-in", path(label + ".pem"), "-pubout", "-outform", "DER"}).value().out;
    EXPECT_EQ(der.size(), 44u);
    if (der.size() == 44) std::copy(der.end() - 32, der.end(), key.bytes.begin());
    return key;
  }
  [[nodiscard]] std::string uri(const std::string& what, const std::string& more = "") const {
    return fmt::format("pkcs11:{}?module-path={}{}", what, module, more);
  }
  [[nodiscard]] std::string with_pin(const std::string& what, const std::string& pin = "pin") const {
    return uri(what, "&pin-source=file:" + path(pin));
  }
  [[nodiscard]] std::string why_not(const std::string& named) const {
    const auto shown = kulla({"key", "show", named});
    EXPECT_EQ(shown.exit_code, 2) << named << shown.out;
    return shown.err;
  }
};

TEST_F(TokenKey, an_approval_is_signed_on_the_token) {
  EXPECT_THAT(kulla({"key", "show", uri("token=office;object=ana"), "-o", path("ana.pub")}).out, HasSubstr(to_hex(openssl_key("ana"))));
  EXPECT_EQ(read_public_key(path("ana.pub")).value(), openssl_key("ana"));
  EXPECT_EQ(kulla({"key", "show", uri("object=ana"), "-o", path("ana.pub")}).exit_code, 2) << "never overwritten";
  const auto done = sign({"--key", with_pin("token=office;object=ana")});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(is_signed_by(openssl_key("ana")));
  EXPECT_EQ(sign({"--key", with_pin("id=%01")}).exit_code, 0) << "any token, by the key's id";
  EXPECT_TRUE(is_signed_by(openssl_key("ana")));
}
TEST_F(TokenKey, the_right_private_key_of_several_signs) {
  import_key("ben", "02", "ed25519");
  for (const auto* person : {"ana", "ben"}) {
    EXPECT_EQ(sign({"--key", with_pin(fmt::format("object={}", person))}).exit_code, 0) << person;
    EXPECT_TRUE(is_signed_by(openssl_key(person)));
  }
  EXPECT_THAT(why_not(uri("token=office")), AllOf(HasSubstr("more than one key is meant"), HasSubstr("'ana'"), HasSubstr("'ben'")));
}
TEST_F(TokenKey, a_pin_is_typed_after_what_is_signed_was_shown) {
  ASSERT_EQ(::setenv("SOFTHSM2_CONF", path("softhsm.conf").c_str(), 1), 0);
  OnTerminal signing{{kulla_binary(), "approve", "e-tax", "--sign", path("offer"), "--person", "ana", "--key", uri("object=ana"), "--yes"}};
  signing.type_after("PIN of token 'office': ", "7391\n");
  EXPECT_EQ(signing.exit_code(), 0) << signing.shown();
  EXPECT_THAT(signing.shown(), Not(HasSubstr("7391")));
  EXPECT_LT(signing.shown().find("You are about to approve"), signing.shown().find("PIN of token"));
  EXPECT_TRUE(is_signed_by(openssl_key("ana")));
}
TEST_F(TokenKey, a_wrong_pin_signs_nothing) {
  const auto refused = sign({"--key", with_pin("object=ana", "wrong-pin")});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("token 'office': the PIN is wrong"));
  EXPECT_THAT(refused.out, HasSubstr("You are about to approve"));
  EXPECT_FALSE(std::filesystem::exists(path("offer.ana")));
  EXPECT_THAT(sign({"--key", uri("object=ana")}).err, HasSubstr("no terminal to ask on"));
}
TEST_F(TokenKey, what_is_not_there_is_named) {
  EXPECT_THAT(why_not("pkcs11:object=ana?module-path=/nowhere.so"), HasSubstr("/nowhere.so: not usable as a PKCS#11 module"));
  EXPECT_THAT(why_not("pkcs11:object=ana?module-path=" + path("offer")), HasSubstr("not usable as a PKCS#11 module"));
  EXPECT_THAT(why_not(uri("token=elsewhere;object=ana")), HasSubstr("no such token; there is 'office'"));
  EXPECT_THAT(why_not(uri("token=office;object=eva")), AllOf(HasSubstr("no token shows such an Ed25519 public key"), HasSubstr("'ana'")));
  std::filesystem::remove_all(path("tokens"));
  std::filesystem::create_directory(path("tokens"));
  EXPECT_THAT(why_not(uri("object=ana")), HasSubstr("no such token; there is none"));
}
TEST_F(TokenKey, keys_of_other_kinds_do_not_sign) {
  import_key("curve", "03", "EC");
  import_key("longer", "04", "ed448");
  for (const auto* label : {"curve", "longer"})
    EXPECT_THAT(why_not(uri(fmt::format("object={}", label))), HasSubstr("no token shows such an Ed25519 public key"));
}
TEST_F(TokenKey, a_token_without_ed25519_is_told_apart) {
  configure("CKM_RSA_PKCS");
  EXPECT_THAT(why_not(uri("object=ana")), HasSubstr("token 'office' cannot sign with Ed25519"));
}
TEST_F(TokenKey, a_uri_that_would_show_the_pin_or_is_none_is_refused) {
  EXPECT_THAT(why_not(uri("object=ana", "&pin-value=7391")), AllOf(HasSubstr("shows the PIN"), Not(HasSubstr("7391"))));
  EXPECT_THAT(why_not(uri("object=ana", "&pin-source=%7Ccat")), HasSubstr("pin-source is file:PATH"));
  EXPECT_THAT(why_not("pkcs11:token=%zz"), HasSubstr("not a PKCS#11 URI"));
  EXPECT_THAT(why_not("pkcs11:colour=red"), HasSubstr("attribute that is not known"));
}
TEST_F(TokenKey, a_baseline_is_not_signed_on_a_token) {
  std::filesystem::create_directory(path("root"));
  EXPECT_THAT(kulla({"inspect", "baseline", path("root"), "-o", path("baseline"), "--key", with_pin("object=ana")}).err,
              HasSubstr("signed with a key file"));
}
}  // namespace
}  // namespace kulla::test
