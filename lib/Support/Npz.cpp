//===- Npz.cpp - NumPy's zip files of arrays ------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Support/Npz.h"

#include "llvm/ADT/StringSet.h"

#include <memory>
#include <zip.h>

using namespace llvm;
using namespace hadal;

static Error error(const Twine &what, const Twine &message) {
  return createStringError(inconvertibleErrorCode(), what + ": " + message);
}

static std::string openMessage(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string message = zip_error_strerror(&error);
  zip_error_fini(&error);
  return message;
}

namespace {
struct DiscardArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
struct CloseMember {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
} // namespace

static Expected<Array> readMember(zip_t *archive, zip_uint64_t index, const Twine &path, StringRef name) {
  std::string what = (path + " (" + name + ")").str();
  zip_stat_t stat;
  if (zip_stat_index(archive, index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE))
    return error(what, zip_strerror(archive));
  std::unique_ptr<zip_file_t, CloseMember> file(zip_fopen_index(archive, index, 0));
  if (!file)
    return error(what, zip_strerror(archive));
  // The directory's size is not believed before the data are there: read piece by piece.
  std::vector<uint8_t> bytes;
  constexpr size_t kPiece = 1 << 20;
  while (bytes.size() < stat.size) {
    size_t old = bytes.size();
    bytes.resize(old + std::min<zip_uint64_t>(kPiece, stat.size - old));
    zip_int64_t got = zip_fread(file.get(), bytes.data() + old, bytes.size() - old);
    if (got < 0)
      return error(what, zip_file_strerror(file.get()));
    bytes.resize(old + got);
    if (got == 0)
      return error(what, "truncated member");
  }
  // Reading to the end is what checks the checksum.
  uint8_t extra;
  if (zip_fread(file.get(), &extra, 1) != 0)
    return error(what, "damaged member (wrong checksum or size)");
  return parseNpy(bytes, what);
}

Expected<std::vector<NamedArray>> hadal::readNpz(StringRef path, StringRef prefix) {
  int code = 0;
  std::unique_ptr<zip_t, DiscardArchive> archive(zip_open(path.str().c_str(), ZIP_RDONLY, &code));
  if (!archive)
    return error(path, "cannot read as .npz: " + openMessage(code));
  std::vector<NamedArray> arrays;
  StringSet<> seen;
  zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t index = 0; index < count; ++index) {
    const char *raw = zip_get_name(archive.get(), index, ZIP_FL_ENC_RAW);
    if (!raw)
      return error(path, zip_strerror(archive.get()));
    StringRef name(raw);
    if (!name.consume_back(".npy"))
      return error(path, "member '" + name + "' is not an array (.npy)");
    if (!name.starts_with(prefix))
      continue;
    if (!seen.insert(name).second)
      return error(path, "two members named '" + name + "'");
    Expected<Array> array = readMember(archive.get(), index, path, name);
    if (!array)
      return array.takeError();
    arrays.push_back({name.str(), std::move(*array)});
  }
  return arrays;
}

Error hadal::writeNpz(StringRef path, ArrayRef<NamedArray> arrays) {
  int code = 0;
  std::unique_ptr<zip_t, DiscardArchive> archive(zip_open(path.str().c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (!archive)
    return error(path, "cannot write: " + openMessage(code));
  // libzip reads the buffers when it closes the archive.
  std::vector<std::vector<uint8_t>> members;
  members.reserve(arrays.size());
  for (const NamedArray &named : arrays) {
    members.push_back(formatNpy(named.array));
    zip_source_t *source = zip_source_buffer(archive.get(), members.back().data(), members.back().size(), 0);
    if (!source)
      return error(path, zip_strerror(archive.get()));
    zip_int64_t index = zip_file_add(archive.get(), (named.name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      return error(path + " (" + named.name + ")", zip_strerror(archive.get()));
    }
    if (zip_set_file_compression(archive.get(), index, ZIP_CM_STORE, 0) != 0)
      return error(path, zip_strerror(archive.get()));
  }
  if (arrays.empty()) {
    // libzip deletes an archive without members; an empty .npz is still a file.
    static constexpr char kEmpty[] = "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    archive.reset();
    FILE *file = std::fopen(path.str().c_str(), "wb");
    if (!file || std::fwrite(kEmpty, 1, 22, file) != 22 || std::fclose(file) != 0)
      return error(path, "cannot write");
    return Error::success();
  }
  if (zip_close(archive.get()) != 0)
    return error(path, "cannot write: " + Twine(zip_strerror(archive.get())));
  (void)archive.release(); // closed
  return Error::success();
}
