// How this process deals with memory that it has freed.
#pragma once

#include <malloc.h>

namespace millrace {

/// Before any thread. Pages and batches of some megabytes come and go hundreds of times a second:
/// memory that goes back to the system each time comes back page by page, which took half of a
/// writer's own time. What is kept is used for what comes next, and is at most so much for each of
/// a few arenas; by itself the library would make as many as eight for each processor.
inline void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kept_bytes = 16 << 20;
  constexpr int arenas = 4;
  mallopt(M_MMAP_THRESHOLD, kept_bytes);
  mallopt(M_TRIM_THRESHOLD, kept_bytes);
  mallopt(M_ARENA_MAX, arenas);
#endif
}

}  // namespace millrace
