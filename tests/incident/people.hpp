// The people of the tests: each has a real key, the same in every run.
#pragma once
#include <map>
#include <string>

#include "base/hash.hpp"
#include "base/keys.hpp"
#include "model/evidence.hpp"

namespace kulla::incident {

[[nodiscard]] inline const SecretKey& key_of(const std::string& person) {
  thread_local std::map<std::string, SecretKey> keys;
  const auto known = keys.find(person);
  return known != keys.end() ? known->second
                             : keys.emplace(person, SecretKey::from_seed(sha256("the key of " + person).bytes)).first->second;
}
inline void sign(Approval& approval, const SecretKey& key) {
  approval.key = key.public_key();
  approval.signature = key.sign(signed_text(approval));
}

}  // namespace kulla::incident
