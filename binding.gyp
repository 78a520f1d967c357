{
  "variables": {
    # "asan" or "tsan"; scripts/build-addon.mjs sets it by GYP_DEFINES.
    "isolates_sanitizer%": "none"
  },
  "targets": [
    {
      "target_name": "isolates",
      "sources": [
        "<!@(node -p \"require('fs').readdirSync('native',{recursive:true}).filter(f=>f.endsWith('.cc')).sort().map(f=>'native/'+f.split(require('path').sep).join('/')).join(' ')\")"
      ],
      "include_dirs": [
        "native",
        "<!(node -p \"require('node-addon-api').include_dir\")"
      ],
      "defines": [
        "NAPI_VERSION=9",
        "NAPI_DISABLE_CPP_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "conditions": [
        ["OS!='win'", {
          "cflags!": ["-Wno-unused-parameter"],
          "cflags": [
            "-Wall",
            "-Wextra",
            # GCC 12 is wrong about std::string's operator+ (GCC bug 105651); Clang has no such warning to turn off.
            "-Wno-restrict",
            "-Wno-unknown-warning-option",
            "-fvisibility=hidden",
            # A directory named both here and with -I counts as a system one: warnings show our files only.
            "-isystem", "<(node_root_dir)/include/node",
            "-isystem", "../<!(node -p \"require('node-addon-api').include_dir\")"
          ],
          # Up to Node 22 common.gypi names C++17. An exclusion also takes out what stands below it, so it names no more.
          "cflags_cc!": ["-std=gnu++17"],
          "cflags_cc": ["-std=gnu++20", "-fvisibility-inlines-hidden"]
        }],
        ["OS in 'linux freebsd openbsd'", {
          # Node unloads an addon together with the worker that loaded it; our threads outlive that worker.
          "ldflags": ["-Wl,-z,nodelete"]
        }],
        ["isolates_sanitizer=='asan'", {
          "cflags!": ["-O3"],
          # The instrumentation makes GCC see uninitialised values where there are none. V8's classes come without the
          # types at run time that the check of virtual calls needs. Undefined behaviour traps, and AddressSanitizer reports
          # the trap: GCC's library for it would write beside that one's log.
          "cflags": [
            "-O1", "-g1", "-fno-omit-frame-pointer", "-Wno-maybe-uninitialized", "-fsanitize=address",
            "-fsanitize=undefined", "-fno-sanitize=vptr", "-fsanitize-undefined-trap-on-error"
          ],
          "ldflags": ["-fsanitize=address"]
        }],
        ["isolates_sanitizer=='tsan'", {
          "cflags!": ["-O3"],
          "cflags": ["-O1", "-g1", "-fno-omit-frame-pointer", "-Wno-maybe-uninitialized", "-fsanitize=thread"],
          "ldflags": ["-fsanitize=thread"]
        }],
        ["OS=='mac'", {
          "xcode_settings": {
            "CLANG_CXX_LANGUAGE_STANDARD": "gnu++20",
            "CLANG_CXX_LIBRARY": "libc++",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
            "GCC_INLINES_ARE_PRIVATE_EXTERN": "YES",
            "MACOSX_DEPLOYMENT_TARGET": "13.0",
            "OTHER_CFLAGS": [
              "-isystem", "<(node_root_dir)/include/node",
              "-isystem", "../<!(node -p \"require('node-addon-api').include_dir\")"
            ]
          }
        }],
        ["OS=='win'", {
          "defines": ["NOMINMAX", "WIN32_LEAN_AND_MEAN"],
          "msvs_settings": {
            "VCCLCompilerTool": {
              "AdditionalOptions!": ["-std:c++17", "-std:c++20"],
              "AdditionalOptions": ["/std:c++20", "/utf-8", "/external:W0"],
              "WarningLevel": 4
            }
          }
        }]
      ]
    }
  ]
}
