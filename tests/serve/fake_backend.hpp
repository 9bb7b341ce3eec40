// A backend that says what a test tells it to, and remembers what it was asked.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "serve/backend.hpp"

namespace kulla::serve::test {

class FakeBackend final : public Backend {
 public:
  std::map<Endpoint, std::string> texts;       ///< else {}
  std::map<Endpoint, Error> errors;
  std::function<void(Endpoint)> while_answering;  ///< runs on the worker
  Health state{true, {}};

  Result<std::shared_ptr<const std::string>> answer(Endpoint endpoint, const Call& call) override {
    if (while_answering) while_answering(endpoint);
    const std::scoped_lock lock{mutex_};
    calls_.emplace_back(endpoint, call);
    if (const auto error = errors.find(endpoint); error != errors.end()) return std::unexpected(error->second);
    auto& kept = kept_[endpoint];
    if (const auto text = texts.find(endpoint); !kept) kept = std::make_shared<std::string>(text == texts.end() ? "{}" : text->second);
    return kept;
  }
  std::shared_ptr<Subscription> subscribe(std::uint64_t from) override {
    const std::scoped_lock lock{mutex_};
    auto made = std::make_shared<Subscription>(stream_limit);
    if (from > 0) made->push(std::make_shared<std::string>("event: began\ndata: " + std::to_string(from) + "\n\n"));
    subscriptions_.push_back(made);
    return made;
  }
  void record(const Happening& happening) override {
    const std::scoped_lock lock{mutex_};
    happenings_.push_back(happening);
  }
  std::string metrics() override { return "# TYPE kulla_facts gauge\nkulla_facts 7\n"; }
  Health health() override { return state; }

  std::size_t stream_limit = Subscription::default_limit;
  std::vector<std::pair<Endpoint, Call>> calls() const {
    const std::scoped_lock lock{mutex_};
    return calls_;
  }
  std::vector<Happening> happenings() const {
    const std::scoped_lock lock{mutex_};
    return happenings_;
  }
  std::vector<std::shared_ptr<Subscription>> subscriptions() const {
    const std::scoped_lock lock{mutex_};
    return subscriptions_;
  }
  /// To all who still listen; how many they are.
  std::size_t tell(const std::string& event) {
    const auto text = std::make_shared<std::string>(event);
    std::size_t heard = 0;
    for (const auto& each : subscriptions()) heard += each->push(text);
    return heard;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<Endpoint, Call>> calls_;
  std::map<Endpoint, std::shared_ptr<const std::string>> kept_;
  std::vector<Happening> happenings_;
  std::vector<std::shared_ptr<Subscription>> subscriptions_;
};

}  // namespace kulla::serve::test
