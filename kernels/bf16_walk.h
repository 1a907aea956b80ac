// Panels of recurrent weights as pairs of bf16: packing, the operand of a step, the product. Part of sequence.h.
#pragma once

namespace REPRISE_NS {

// Panels::pack with pairs of k.
static void pack_pair_panels(const Panels& panels, float* to, const float* from, int64_t step, int64_t gateStep,
                             int64_t column, int64_t begin, int64_t end) {
  const int vectors = panels.vectors();
  const int64_t pairs = panels.steps();
  for (int64_t p = begin; p < end; p++)
    for (int v = 0; v < vectors; v++) {
      const int64_t unit = p * panels.width() + v % panels.together * kLanes;
      const int group = v / kTileVectors * kTileVectors, members = (int)smaller(kTileVectors, vectors - group);
      pack_pair_vector((int32_t*)to + p * panels.size() + group * pairs * kLanes + (v - group) * kLanes, members * kLanes,
                       from + v / panels.together * gateStep + unit * column, step, column, panels.units - unit,
                       panels.depth, pairs);
    }
}

static Operand pair_operand(const PairOperand& place, int gates, const float* a, int64_t aRow, int64_t gateRow,
                            int64_t begin, int64_t end, int64_t from, int64_t length) {
  Tiles::configure();
  const int64_t copies = gateRow ? gates : 1;
  int32_t* to = place.data + from / 2;
  for (int64_t g = 0; g < copies; g++)
    for (int64_t n = begin; n < end; n++)
      pack_pair_row(to + g * place.copy + n * place.row, a + g * gateRow + n * aRow, length);
  return Operand{(const float*)to, place.row, copies > 1 ? place.copy : 0, 2};
}

// Panels::multiply with pairs on both sides.
static void multiply_pairs(const Panels& panels, const float* panel, int64_t index, int rows, const float* a, int64_t aRow,
                           int64_t gateRow, int64_t from, int64_t length, float* tile) {
  const int vectors = panels.vectors();
  const int64_t tileRow = vectors * kLanes;
  const int64_t present =
      panels.gates == 1 ? (smaller(panels.units - index * panels.width(), panels.width()) + kLanes - 1) / kLanes : vectors;
  const bool tiled = kTiles && length % 32 == 0 && from % 32 == 0;
  for (int group = 0; group < present; group += kTileVectors) {
    const int members = (int)smaller(kTileVectors, vectors - group), some = (int)smaller(members, present - group);
    const int32_t* b = (const int32_t*)panel + (group * panels.steps() + from / 2 * members) * kLanes;
    float* out = tile + group * kLanes;
    PairTile t{(const int32_t*)a, aRow, 1, b, members * kLanes, pair_count(length), out, tileRow, out, tileRow};
    if (gateRow == 0 || panels.together > 1) {
      t.a += group / panels.together * gateRow;
      if (tiled && some * kLanes % 16 == 0) run_tiles(rows, some * kLanes, t);
      else run_pair_tile(rows, some, t);
    } else {
      for (int v = 0; v < members; v++, t.b += kLanes, t.init = t.out += kLanes) {
        t.a = (const int32_t*)a + (group + v) * gateRow;
        run_pair_tile(rows, 1, t);
      }
    }
  }
}

}  // namespace REPRISE_NS
