#include "value/bytes.h"

#include <limits>
#include <random>

#include "testing.h"

namespace {

using isolates::ByteReader;
using isolates::ByteWriter;

TEST("what was written is read back in the same order") {
  ByteWriter writer;
  writer.Byte(0xab);
  writer.Varint(0);
  writer.Varint(127);
  writer.Varint(128);
  writer.Varint(std::numeric_limits<uint64_t>::max());
  writer.Double(-0.5);
  writer.String("grün");
  writer.String("");
  writer.Align(8);
  writer.Raw("end", 3);
  const std::vector<uint8_t> bytes = writer.Release();

  ByteReader reader(bytes.data(), bytes.size());
  EXPECT_EQ(reader.Peek(), 0xab);
  EXPECT_EQ(reader.Byte(), 0xab);
  EXPECT_EQ(reader.Varint(), 0u);
  EXPECT_EQ(reader.Varint(), 127u);
  EXPECT_EQ(reader.Varint(), 128u);
  EXPECT_EQ(reader.Varint(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(reader.Double(), -0.5);
  EXPECT_EQ(reader.String(), "grün");
  EXPECT_EQ(reader.String(), "");
  reader.Align(8);
  const uint8_t* raw = reader.Raw(3);
  REQUIRE(raw != nullptr);
  EXPECT_EQ((raw - bytes.data()) % 8, 0);
  EXPECT(std::memcmp(raw, "end", 3) == 0);
  EXPECT(reader.ok());
  EXPECT_EQ(reader.left(), 0u);
}

TEST("a read past the end fails, and so does every one after it") {
  const uint8_t bytes[] = {1, 2};
  ByteReader reader(bytes, sizeof(bytes));
  EXPECT_EQ(reader.Double(), 0.0);
  EXPECT(!reader.ok());
  EXPECT_EQ(reader.Byte(), 0);
  EXPECT(reader.Raw(1) == nullptr);
  EXPECT_EQ(reader.String(), "");
}

TEST("a number that never ends is refused") {
  const std::vector<uint8_t> bytes(16, 0xff);
  ByteReader reader(bytes.data(), bytes.size());
  EXPECT_EQ(reader.Varint(), 0u);
  EXPECT(!reader.ok());
}

TEST("a length beyond the end is refused, however large") {
  ByteWriter writer;
  writer.Varint(std::numeric_limits<uint64_t>::max());
  const std::vector<uint8_t> bytes = writer.Release();
  ByteReader text(bytes.data(), bytes.size());
  EXPECT_EQ(text.String(), "");
  EXPECT(!text.ok());
  ByteReader count(bytes.data(), bytes.size());
  EXPECT_EQ(count.Count(1), 0u);
  EXPECT(!count.ok());
}

TEST("a count is taken as long as so many things can follow") {
  const uint8_t bytes[] = {2, 0, 0, 0, 0};
  ByteReader fits(bytes, sizeof(bytes));
  EXPECT_EQ(fits.Count(2), 2u);
  EXPECT(fits.ok());
  ByteReader too_many(bytes, sizeof(bytes));
  EXPECT_EQ(too_many.Count(3), 0u);
  EXPECT(!too_many.ok());
}

TEST("a writer forgets what stands behind a mark") {
  ByteWriter writer;
  writer.String("kept");
  const size_t mark = writer.size();
  writer.String("dropped");
  writer.Truncate(mark);
  EXPECT_EQ(writer.size(), mark);
}

TEST("random bytes never take a reader past their end") {
  constexpr unsigned kSeed = 20240229;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<uint8_t> bytes(random() % 24);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    ByteReader reader(bytes.data(), bytes.size());
    for (int i = 0; i < 12; ++i) {
      switch (random() % 6) {
        case 0:
          reader.Byte();
          break;
        case 1:
          reader.Varint();
          break;
        case 2:
          reader.Double();
          break;
        case 3:
          reader.String();
          break;
        case 4:
          reader.Align(size_t{1} << (random() % 4));
          break;
        default:
          reader.Count(1 + random() % 4);
      }
      if (!EXPECT(reader.left() <= bytes.size())) return;
    }
  }
}

}  // namespace
