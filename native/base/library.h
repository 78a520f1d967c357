#ifndef ISOLATES_BASE_LIBRARY_H_
#define ISOLATES_BASE_LIBRARY_H_

namespace isolates {

// Keeps the code of this addon in memory until the process ends. Node unloads an addon together with the last worker
// thread that loaded it; our threads outlive that worker. On Linux a flag of the linker does it (binding.gyp).
void KeepLibraryLoaded();

// What the running program itself (not a library of it) exports under a name of C; nullptr when it does not.
void* FindInProgram(const char* name);

}  // namespace isolates

#endif  // ISOLATES_BASE_LIBRARY_H_
