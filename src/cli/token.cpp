// Nothing here trusts the token: lengths are asked first and bounded, names are escaped, and what it signs is verified before it is used.
#include "cli/token.hpp"

#include <fmt/format.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <vector>

#include "base/path_text.hpp"
#include "base/secret_text.hpp"
#include "cli/ask.hpp"

namespace kulla::cli {
namespace {
constexpr CK_ULONG attribute_limit = 4096;  // bytes: a label, an id, a point of a curve
constexpr std::size_t object_limit = 64;    // keys that are looked at on one token
constexpr CK_ULONG slot_limit = 64, mechanism_limit = 4096;  // PKCS#11 3.0 has some 400
constexpr std::string_view scheme = "pkcs11:";

std::string why(CK_RV code) {
  const char* text = p11_kit_strerror(code);
  return fmt::format("{} (0x{:x})", text ? text : "?", code);
}
/// A text that PKCS#11 pads with spaces.
template <std::size_t size>
std::string unpadded(const CK_UTF8CHAR (&text)[size]) {
  return escape_path({reinterpret_cast<const char*>(text), p11_kit_space_strlen(text, size)});
}

// --- the URI

struct FreeUri {
  void operator()(P11KitUri* uri) const { p11_kit_uri_free(uri); }
};
using Uri = std::unique_ptr<P11KitUri, FreeUri>;

Result<Uri> parse_uri(const std::string& text) {
  Uri uri{p11_kit_uri_new()};
  if (const int code = p11_kit_uri_parse(text.c_str(), P11_KIT_URI_FOR_ANY, uri.get()); code != P11_KIT_URI_OK)
    return fail(Code::bad_argument, fmt::format("not a PKCS#11 URI (RFC 7512): {}", p11_kit_uri_message(code)));
  if (p11_kit_uri_any_unrecognized(uri.get()))
    return fail(Code::bad_argument,
                "the PKCS#11 URI has an attribute that is not known; token, object, id, module-path and pin-source are");
  if (p11_kit_uri_get_pin_value(uri.get()))
    return fail(Code::bad_argument, "pin-value shows the PIN to everyone who lists processes; leave it out, or use pin-source=file:PATH");
  return uri;
}
Result<std::string> pin_file(P11KitUri* uri) {
  const char* source = p11_kit_uri_get_pin_source(uri);
  std::string_view text = source ? source : "";
  if (text.starts_with("file:")) text.remove_prefix(5);
  else if (!text.empty() && !text.starts_with('/')) return fail(Code::bad_argument, "pin-source is file:PATH");
  return std::string(text);
}

// --- modules

/// Loaded and initialised modules; given back when it goes.
class Modules {
 public:
  static Result<Modules> load(P11KitUri* uri) {
    p11_kit_be_quiet();  // it says on standard error what p11_kit_message says
    const char* path = p11_kit_uri_get_module_path(uri);
    Modules modules;
    if (path) return modules.load_one(path) ? Result<Modules>{std::move(modules)} : no_module(path);
    modules.all_.reset(p11_kit_modules_load_and_initialize(0));
    const char* name = p11_kit_uri_get_module_name(uri);
    for (auto* list = modules.all_.get(); list && *list; ++list)
      if (!name || name == name_of(*list)) modules.use_.push_back(*list);
    return modules;
  }
  [[nodiscard]] const std::vector<CK_FUNCTION_LIST*>& all() const { return use_; }

 private:
  struct GiveBackOne {
    void operator()(CK_FUNCTION_LIST* module) const {
      p11_kit_module_finalize(module);
      p11_kit_module_release(module);
    }
  };
  struct GiveBackAll {
    void operator()(CK_FUNCTION_LIST** modules) const { p11_kit_modules_finalize_and_release(modules); }
  };
  Modules() = default;
  bool load_one(const char* path) {
    auto* module = p11_kit_module_load(path, 0);
    if (!module) return false;
    if (p11_kit_module_initialize(module) != CKR_OK) {
      p11_kit_module_release(module);
      return false;
    }
    one_.reset(module);
    use_.push_back(module);
    return true;
  }
  static Result<Modules> no_module(const char* path) {
    const char* text = p11_kit_message();
    return fail(Code::bad_argument, fmt::format("{}: not usable as a PKCS#11 module: {}", path, text ? text : "?"));
  }
  static std::string name_of(CK_FUNCTION_LIST* module) {
    const std::unique_ptr<char, void (*)(void*)> name{p11_kit_module_get_name(module), &std::free};
    return name ? name.get() : "";
  }
  std::unique_ptr<CK_FUNCTION_LIST, GiveBackOne> one_;
  std::unique_ptr<CK_FUNCTION_LIST*, GiveBackAll> all_;
  std::vector<CK_FUNCTION_LIST*> use_;
};

// --- a session with a token

struct Slot {
  CK_FUNCTION_LIST* module;
  CK_SLOT_ID id;
  CK_TOKEN_INFO token;
  [[nodiscard]] std::string name() const { return "'" + unpadded(token.label) + "'"; }
};

class Session {
 public:
  static Result<Session> open(const Slot& slot) {
    CK_SESSION_HANDLE handle = 0;
    if (const auto code = slot.module->C_OpenSession(slot.id, CKF_SERIAL_SESSION, nullptr, nullptr, &handle); code != CKR_OK)
      return fail(Code::io, fmt::format("token {}: {}", slot.name(), why(code)));
    return Session{slot.module, handle};
  }
  Session(Session&& other) noexcept : module_(std::exchange(other.module_, nullptr)), handle_(other.handle_) {}
  Session& operator=(Session&&) = delete;
  ~Session() {
    if (module_) module_->C_CloseSession(handle_);  // which also logs out, as it is the only one
  }
  [[nodiscard]] std::vector<CK_OBJECT_HANDLE> find(std::vector<CK_ATTRIBUTE> wanted) const {
    std::vector<CK_OBJECT_HANDLE> found(object_limit);
    CK_ULONG count = 0;
    if (module_->C_FindObjectsInit(handle_, wanted.data(), wanted.size()) != CKR_OK) return {};
    if (module_->C_FindObjects(handle_, found.data(), found.size(), &count) != CKR_OK) count = 0;
    module_->C_FindObjectsFinal(handle_);
    found.resize(std::min<CK_ULONG>(count, object_limit));
    return found;
  }
  /// Empty where there is none, or it may not be seen.
  [[nodiscard]] std::string attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
    CK_ATTRIBUTE wanted{type, nullptr, 0};
    if (module_->C_GetAttributeValue(handle_, object, &wanted, 1) != CKR_OK || wanted.ulValueLen > attribute_limit) return {};
    std::string value(wanted.ulValueLen, '\0');
    wanted.pValue = value.data();
    if (module_->C_GetAttributeValue(handle_, object, &wanted, 1) != CKR_OK || wanted.ulValueLen > value.size()) return {};
    value.resize(wanted.ulValueLen);
    return value;
  }
  /// Without a PIN: it is typed at the token.
  [[nodiscard]] CK_RV login(CK_USER_TYPE user, const SecretText* pin) const {
    auto* bytes = pin ? reinterpret_cast<unsigned char*>(const_cast<char*>(pin->view().data())) : nullptr;
    return module_->C_Login(handle_, user, bytes, pin ? pin->view().size() : 0);
  }
  [[nodiscard]] CK_RV begin_signing(CK_OBJECT_HANDLE key) const {
    CK_MECHANISM mechanism{CKM_EDDSA, nullptr, 0};
    return module_->C_SignInit(handle_, &mechanism, key);
  }
  [[nodiscard]] CK_RV finish_signing(std::string_view message, Signature& signature) const {
    CK_ULONG size = signature.bytes.size();
    auto* bytes = reinterpret_cast<unsigned char*>(const_cast<char*>(message.data()));
    const auto code = module_->C_Sign(handle_, bytes, message.size(), signature.bytes.data(), &size);
    return code == CKR_OK && size != signature.bytes.size() ? CKR_SIGNATURE_LEN_RANGE : code;
  }

 private:
  Session(CK_FUNCTION_LIST* module, CK_SESSION_HANDLE handle) : module_(module), handle_(handle) {}
  CK_FUNCTION_LIST* module_;
  CK_SESSION_HANDLE handle_;
};

// --- finding

std::vector<Slot> slots_of(CK_FUNCTION_LIST* module) {
  std::array<CK_SLOT_ID, slot_limit> ids{};
  CK_ULONG count = ids.size();
  std::vector<Slot> slots;
  if (module->C_GetSlotList(CK_TRUE, ids.data(), &count) != CKR_OK) return slots;
  for (CK_ULONG i = 0; i < std::min(count, slot_limit); ++i) {
    Slot slot{module, ids[i], {}};
    if (module->C_GetTokenInfo(slot.id, &slot.token) == CKR_OK && (slot.token.flags & CKF_TOKEN_INITIALIZED) != 0) slots.push_back(slot);
  }
  return slots;
}
bool is_named(P11KitUri* uri, const Slot& slot) {
  CK_INFO module{};
  CK_SLOT_INFO place{};
  return slot.module->C_GetInfo(&module) == CKR_OK && slot.module->C_GetSlotInfo(slot.id, &place) == CKR_OK &&
         p11_kit_uri_match_module_info(uri, &module) == 1 && p11_kit_uri_match_slot_info(uri, &place) == 1 &&
         p11_kit_uri_match_token_info(uri, &slot.token) == 1;
}
bool signs_ed25519(const Slot& slot) {
  CK_ULONG count = 0;
  if (slot.module->C_GetMechanismList(slot.id, nullptr, &count) != CKR_OK || count > mechanism_limit) return false;
  std::vector<CK_MECHANISM_TYPE> list(count);
  if (slot.module->C_GetMechanismList(slot.id, list.data(), &count) != CKR_OK) return false;
  list.resize(std::min<std::size_t>(count, list.size()));
  return std::ranges::find(list, CK_MECHANISM_TYPE{CKM_EDDSA}) != list.end();
}

/// CKA_EC_POINT: the 32 bytes as they are, or (PKCS#11 3.0 and most tokens) in a DER OCTET STRING, or (some) in a BIT STRING.
std::optional<PublicKey> key_of_point(std::string_view point) {
  for (const std::string_view wrapped : {std::string_view{"\x04\x20", 2}, std::string_view{"\x03\x21\x00", 3}})
    if (point.size() == wrapped.size() + 32 && point.starts_with(wrapped)) point.remove_prefix(wrapped.size());
  PublicKey key;
  if (point.size() != key.bytes.size()) return std::nullopt;
  std::ranges::copy(point, key.bytes.begin());
  return key;
}

CK_ATTRIBUTE attribute_of(CK_ATTRIBUTE_TYPE type, CK_ULONG& value) { return {type, &value, sizeof value}; }
CK_ATTRIBUTE attribute_of(CK_ATTRIBUTE_TYPE type, std::string& value) { return {type, value.data(), value.size()}; }

/// Edwards keys of one class; what the URI says of class and type is ours to say.
std::vector<CK_OBJECT_HANDLE> edwards_keys(const Session& session, CK_OBJECT_CLASS kind, std::vector<CK_ATTRIBUTE> named) {
  CK_KEY_TYPE type = CKK_EC_EDWARDS;
  std::erase_if(named, [](const auto& each) { return each.type == CKA_CLASS || each.type == CKA_KEY_TYPE; });
  named.push_back(attribute_of(CKA_CLASS, kind));
  named.push_back(attribute_of(CKA_KEY_TYPE, type));
  return session.find(std::move(named));
}
std::vector<CK_ATTRIBUTE> attributes_in(P11KitUri* uri) {
  CK_ULONG count = 0;
  const auto* attributes = p11_kit_uri_get_attributes(uri, &count);
  return {attributes, attributes + count};
}

struct Found {
  Slot slot;
  PublicKey key;
  std::string id, label;
};
std::vector<Found> keys_on(const Slot& slot, const Session& session, const std::vector<CK_ATTRIBUTE>& named) {
  std::vector<Found> all;
  for (const auto object : edwards_keys(session, CKO_PUBLIC_KEY, named))
    if (const auto key = key_of_point(session.attribute(object, CKA_EC_POINT)))
      all.push_back({slot, *key, session.attribute(object, CKA_ID), session.attribute(object, CKA_LABEL)});
  return all;
}

std::string listed(const std::vector<std::string>& names) {
  if (names.empty()) return "there is none";
  return fmt::format("there is {}", fmt::join(names, ", "));
}

/// The one key that is meant, on whichever of the tokens it is.
Result<Found> find_on(const std::vector<Slot>& slots, P11KitUri* uri) {
  std::vector<Found> meant, others;
  for (const auto& slot : slots) {
    KULLA_TRY(const auto session, Session::open(slot));
    std::ranges::move(keys_on(slot, session, attributes_in(uri)), std::back_inserter(meant));
    std::ranges::move(keys_on(slot, session, {}), std::back_inserter(others));
  }
  if (meant.size() == 1) return std::move(meant.front());
  std::vector<std::string> names;
  for (const auto& each : meant.empty() ? others : meant)
    names.push_back(fmt::format("'{}' {} on token {}", escape_path(each.label), fingerprint(each.key), each.slot.name()));
  if (meant.empty()) return fail(Code::not_found, fmt::format("no token shows such an Ed25519 public key; {}", listed(names)));
  return fail(Code::bad_argument, fmt::format("more than one key is meant, say which with token=, object= or id=; {}", listed(names)));
}

// --- signing

class Token final : public Signer {
 public:
  Token(Uri uri, Modules modules, Found found) : uri_(std::move(uri)), modules_(std::move(modules)), found_(std::move(found)) {}
  [[nodiscard]] PublicKey public_key() const override { return found_.key; }
  [[nodiscard]] Result<Signature> sign(std::string_view message) override {
    KULLA_TRY(const auto session, Session::open(found_.slot));
    KULLA_TRY(const auto pin, ask_pin());
    KULLA_CHECK(entered(session.login(CKU_USER, pin ? &*pin : nullptr)));
    KULLA_TRY(const auto key, private_key(session));
    Signature signature;
    auto code = session.begin_signing(key);
    if (code == CKR_OK && session.attribute(key, CKA_ALWAYS_AUTHENTICATE) == std::string_view{"\1", 1})
      KULLA_CHECK(entered(session.login(CKU_CONTEXT_SPECIFIC, pin ? &*pin : nullptr)));
    if (code == CKR_OK) code = session.finish_signing(message, signature);
    if (code != CKR_OK) return fail(Code::bad_key, fmt::format("token {} did not sign: {}", name(), why(code)));
    if (!verify(found_.key, message, signature))
      return fail(Code::bad_signature, fmt::format("token {}: what it signed does not verify with the public key that it shows", name()));
    return signature;
  }

 private:
  [[nodiscard]] std::string name() const { return found_.slot.name(); }
  /// None where it is typed at the token, or not needed.
  [[nodiscard]] Result<std::optional<SecretText>> ask_pin() const {
    CK_TOKEN_INFO now{};
    if (const auto code = found_.slot.module->C_GetTokenInfo(found_.slot.id, &now); code != CKR_OK)
      return fail(Code::io, fmt::format("token {}: {}", name(), why(code)));
    if ((now.flags & CKF_USER_PIN_LOCKED) != 0) return fail(Code::bad_key, fmt::format("token {}: its PIN is locked", name()));
    KULLA_TRY(const auto file, pin_file(uri_.get()));
    if ((now.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0) {
      fmt::print(stderr, "Type the PIN at the token {}\n", name());
      return std::nullopt;
    }
    const bool last = (now.flags & CKF_USER_PIN_FINAL_TRY) != 0;
    if (file.empty()) {
      KULLA_TRY(auto pin, ask_secret(fmt::format("PIN of token {}{}: ", name(), last ? " (THE LAST TRY BEFORE IT LOCKS)" : "")));
      return pin;
    }
    if (last)
      return fail(Code::bad_key, fmt::format("token {}: one try is left before it locks; type the PIN, without pin-source", name()));
    KULLA_TRY(auto pin, read_secret_line(file));
    return pin;
  }
  [[nodiscard]] Result<> entered(CK_RV code) const {
    switch (code) {
      case CKR_OK:
      case CKR_USER_ALREADY_LOGGED_IN: return {};
      case CKR_PIN_INCORRECT:
      case CKR_PIN_INVALID:
      case CKR_PIN_LEN_RANGE: return fail(Code::bad_key, fmt::format("token {}: the PIN is wrong", name()));
      case CKR_PIN_LOCKED: return fail(Code::bad_key, fmt::format("token {}: its PIN is locked", name()));
      default: return fail(Code::bad_key, fmt::format("token {} does not let you in: {}", name(), why(code)));
    }
  }
  /// The private half has the public one's id; where that has none, its label.
  [[nodiscard]] Result<CK_OBJECT_HANDLE> private_key(const Session& session) {
    const auto same = found_.id.empty() ? attribute_of(CKA_LABEL, found_.label) : attribute_of(CKA_ID, found_.id);
    const auto keys = edwards_keys(session, CKO_PRIVATE_KEY, {same});
    if (keys.empty()) return fail(Code::not_found, fmt::format("token {}: no private key belongs to this public key", name()));
    return keys.front();
  }
  Uri uri_;
  Modules modules_;
  Found found_;
};
}  // namespace

bool is_token_uri(std::string_view key) { return key.starts_with(scheme); }

Result<std::unique_ptr<Signer>> find_token_key(const std::string& text) {
  KULLA_TRY(auto uri, parse_uri(text));
  KULLA_CHECK(pin_file(uri.get()));
  KULLA_TRY(auto modules, Modules::load(uri.get()));
  std::vector<std::string> tokens;
  std::vector<Slot> named, able;
  for (auto* module : modules.all())
    for (const auto& slot : slots_of(module)) {
      tokens.push_back(slot.name());
      if (is_named(uri.get(), slot)) named.push_back(slot);
    }
  if (named.empty()) return fail(Code::not_found, fmt::format("no such token; {}", listed(tokens)));
  std::ranges::copy_if(named, std::back_inserter(able), signs_ed25519);
  if (able.empty()) return fail(Code::bad_key, fmt::format("token {} cannot sign with Ed25519 (no CKM_EDDSA)", named.front().name()));
  KULLA_TRY(auto found, find_on(able, uri.get()));
  return std::make_unique<Token>(std::move(uri), std::move(modules), std::move(found));
}
}  // namespace kulla::cli
