// The bounded queue: order, refusal, closing.
#include "base/queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace kulla {
namespace {
using namespace std::chrono_literals;

TEST(BoundedQueue, FirstInFirstOut) {
  BoundedQueue<std::unique_ptr<int>> queue{3};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.push(std::make_unique<int>(i)));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(**queue.try_pop(), i);
  EXPECT_FALSE(queue.try_pop());
}
TEST(BoundedQueue, AFullOneRefusesAndCounts) {
  BoundedQueue<int> queue{2};
  EXPECT_TRUE(queue.push(1) && queue.push(2));
  EXPECT_FALSE(queue.push(3));
  EXPECT_FALSE(queue.push(4));
  EXPECT_EQ(queue.dropped(), 2u);
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue.try_pop(), 1);
  EXPECT_TRUE(queue.push(5));
}
TEST(BoundedQueue, AnEmptyOneWaitsAsLongAsAsked) {
  BoundedQueue<int> queue{1};
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(queue.pop(20ms));
  EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}
TEST(BoundedQueue, ClosedItGivesWhatItHoldsAndTakesNoMore) {
  BoundedQueue<int> queue{5};
  queue.push(1);
  queue.close();
  EXPECT_FALSE(queue.push(2));
  EXPECT_EQ(queue.dropped(), 1u);
  EXPECT_EQ(queue.pop(1h), 1);
  EXPECT_FALSE(queue.pop(1h)) << "and does not wait";
}
TEST(BoundedQueue, ClosingWakesWhoWaits) {
  BoundedQueue<int> queue{1};
  std::thread waiter{[&] { EXPECT_FALSE(queue.pop(1h)); }};
  queue.close();
  waiter.join();
}
TEST(BoundedQueue, NothingIsLostBetweenThreads) {
  BoundedQueue<int> queue{16};
  std::atomic<std::uint64_t> sum = 0, taken = 0;
  std::vector<std::thread> takers;
  for (int i = 0; i < 3; ++i)
    takers.emplace_back([&] {
      while (const auto item = queue.pop(1h)) sum += static_cast<std::uint64_t>(*item), ++taken;
    });
  constexpr int count = 20'000;
  for (int i = 1; i <= count; ++i)
    while (!queue.push(i)) std::this_thread::yield();
  queue.close();
  for (auto& taker : takers) taker.join();
  EXPECT_EQ(taken, static_cast<std::uint64_t>(count));
  EXPECT_EQ(sum, std::uint64_t{count} * (count + 1) / 2);
}
}  // namespace
}  // namespace kulla
