// RUN: hadal-opt %s --hadal-tile-to-cuda --verify-diagnostics

// expected-error @+1 {{has no layouts yet: run --hadal-assign-layouts first}}
tile.program @p(%y: memref<2xf32>) {
  tile.return
}
