// oneDNN 2.x as a peer of `npm run bench`: its fused LSTM and vanilla RNN primitives, its matrix products, and around them what
// it does not have (look-ups, softmax, optimizers), in plain OpenMP loops. Not part of the package. Compiled on demand with
//   g++ -O3 -march=native -ffast-math -fopenmp kernels/peers/onednn.cpp -o onednn -ldnnl
// `onednn f32|bf16` speaks the line protocol of bench/peers/programs/serve.mjs. bf16: operands of all products, and what passes
// between layers; weights, gradients, cell states and moments stay float32. Denormals are flushed.
#include <immintrin.h>
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;
using Shape = memory::dims;
using Floats = std::vector<float>;
using Arguments = std::unordered_map<int, memory>;

static dnnl::engine engine;
static dnnl::stream stream;
static Type operandType;  // of products and of what passes between layers
static bool isBf16;

static Floats randomValues(size_t count, float limit) {
  Floats values(count);
  for (float& value : values) value = (float(rand()) / float(RAND_MAX) * 2 - 1) * limit;
  return values;
}

static memory allocate(const memory::desc& desc) {
  memory result(desc, engine);
  memset(result.get_data_handle(), 0, desc.get_size());
  return result;
}

static memory view(float* values, const Shape& shape, Tag tag) {
  return memory({shape, Type::f32, tag}, engine, values);
}

static void execute(const dnnl::primitive& primitive, const Arguments& arguments) {
  primitive.execute(stream, arguments);
  stream.wait();
}

/** Copies from one layout or type to another. */
struct Reorder {
  memory from, to;
  bool isCopy = false;
  dnnl::reorder primitive;
  Reorder() = default;
  Reorder(const memory& from, const memory& to)
      : from(from), to(to), isCopy(from.get_desc() == to.get_desc()), primitive(from, to) {}
  void run() const {
    if (isCopy) memcpy(to.get_data_handle(), from.get_data_handle(), from.get_desc().get_size());
    else execute(primitive, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  }
};

static uint16_t toBf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static float fromBf16(uint16_t value) {
  uint32_t bits = uint32_t(value) << 16;
  float result;
  memcpy(&result, &bits, 4);
  return result;
}

/** Elements of a memory of the operand type, whichever it is. */
struct Elements {
  void* data;
  explicit Elements(const memory& of) : data(of.get_data_handle()) {}
  float get(size_t index) const {
    return isBf16 ? fromBf16(((const uint16_t*)data)[index]) : ((const float*)data)[index];
  }
  void set(size_t index, float value) const {
    if (isBf16) ((uint16_t*)data)[index] = toBf16(value);
    else ((float*)data)[index] = value;
  }
  void setRow(size_t index, const float* from, int width) const {
    if (isBf16) for (int k = 0; k < width; k++) ((uint16_t*)data)[index + k] = toBf16(from[k]);
    else memcpy((float*)data + index, from, size_t(width) * 4);
  }
};

/** Weights with their gradient and the moments of an optimizer. */
struct Weights {
  Floats values, gradient, first, second;
  Weights() = default;
  Weights(size_t count, float limit) : values(limit > 0 ? randomValues(count, limit) : Floats(count)), gradient(count) {}
  void clear() { std::fill(gradient.begin(), gradient.end(), 0.f); }
  double squaredNorm() const {
    double sum = 0;
#pragma omp parallel for simd reduction(+ : sum)
    for (long k = 0; k < long(gradient.size()); k++) sum += gradient[k] * gradient[k];
    return sum;
  }
};

struct Sizes {
  std::string task, cell, optimizer;
  int vocabulary, embedding, layers, units, classes, batch, time, characters, sequences;
  double rate, clip;
  int inputs() const { return embedding ? embedding : vocabulary; }
};

/** One recurrent layer over [time, batch, inputs]; float32 master weights are brought into oneDNN's layouts by `sync`. */
struct Recurrent {
  bool isLstm, trains;
  int time, batch, inputs, units, gates;
  Weights kernel, recurrent, bias;
  memory x, y, workspace, dX, dY;
  memory kernelForward, recurrentForward, kernelBackward, recurrentBackward, dKernel, dRecurrent, biasMemory, dBias;
  dnnl::primitive forwardPrimitive, backwardPrimitive;
  std::vector<Reorder> synchronize, collect;

  Recurrent(const Sizes& sizes, int time, int batch, int inputs, bool trains)
      : isLstm(sizes.cell == "lstm"), trains(trains), time(time), batch(batch), inputs(inputs), units(sizes.units),
        gates(isLstm ? 4 : 1), kernel(size_t(inputs) * gates * units, .08f),
        recurrent(size_t(units) * gates * units, .08f), bias(size_t(gates) * units, 0) {
    const auto kind = trains ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    const auto direction = dnnl::rnn_direction::unidirectional_left2right;
    const Shape kernelShape{1, 1, inputs, gates, units}, recurrentShape{1, 1, units, gates, units};
    const memory::desc none, xs({time, batch, inputs}, operandType, Tag::tnc), ys({time, batch, units}, operandType, Tag::tnc),
        ks(kernelShape, operandType, Tag::any), rs(recurrentShape, operandType, Tag::any),
        bs({1, 1, gates, units}, Type::f32, Tag::ldgo);
    // Gradients are float32.
    const memory::desc dxs({time, batch, inputs}, Type::f32, Tag::tnc), dys({time, batch, units}, Type::f32, Tag::tnc),
        dks(kernelShape, Type::f32, Tag::any), drs(recurrentShape, Type::f32, Tag::any);
    x = allocate(xs);
    y = allocate(ys);
    biasMemory = memory(bs, engine, bias.values.data());
    dBias = memory(bs, engine, bias.gradient.data());
    const memory master = view(kernel.values.data(), kernelShape, Tag::ldigo);
    const memory recurrentMaster = view(recurrent.values.data(), recurrentShape, Tag::ldigo);
    const auto keep = [&](const auto& desc) {
      kernelForward = allocate(desc.weights_layer_desc());
      recurrentForward = allocate(desc.weights_iter_desc());
      synchronize.emplace_back(master, kernelForward);
      synchronize.emplace_back(recurrentMaster, recurrentForward);
      if (trains) workspace = allocate(desc.workspace_desc());
    };
    const auto keepBackward = [&](const auto& desc) {
      dX = allocate(dxs);
      dY = allocate(dys);
      kernelBackward = allocate(desc.weights_layer_desc());
      recurrentBackward = allocate(desc.weights_iter_desc());
      dKernel = allocate(desc.diff_weights_layer_desc());
      dRecurrent = allocate(desc.diff_weights_iter_desc());
      synchronize.emplace_back(master, kernelBackward);
      synchronize.emplace_back(recurrentMaster, recurrentBackward);
      collect.emplace_back(dKernel, view(kernel.gradient.data(), kernelShape, Tag::ldigo));
      collect.emplace_back(dRecurrent, view(recurrent.gradient.data(), recurrentShape, Tag::ldigo));
    };
    if (isLstm) {
      using Forward = dnnl::lstm_forward;
      using Backward = dnnl::lstm_backward;
      const Forward::primitive_desc forward(
          Forward::desc(kind, direction, xs, none, none, ks, rs, bs, ys, none, none), engine);
      keep(forward);
      forwardPrimitive = Forward(forward);
      if (!trains) return;
      const Backward::primitive_desc backward(
          Backward::desc(dnnl::prop_kind::backward, direction, xs, none, none, ks, rs, bs, ys, none, none, dxs, none, none,
                         dks, drs, bs, dys, none, none),
          engine, forward);
      keepBackward(backward);
      backwardPrimitive = Backward(backward);
    } else {
      using Forward = dnnl::vanilla_rnn_forward;
      using Backward = dnnl::vanilla_rnn_backward;
      const auto tanh = dnnl::algorithm::eltwise_tanh;
      const Forward::primitive_desc forward(Forward::desc(kind, tanh, direction, xs, none, ks, rs, bs, ys, none), engine);
      keep(forward);
      forwardPrimitive = Forward(forward);
      if (!trains) return;
      const Backward::primitive_desc backward(
          Backward::desc(dnnl::prop_kind::backward, tanh, direction, xs, none, ks, rs, bs, ys, none, dxs, none, dks, drs, bs,
                         dys, none),
          engine, forward);
      keepBackward(backward);
      backwardPrimitive = Backward(backward);
    }
  }

  /** Brings changed weights into the layouts of both passes. */
  void sync() const {
    for (const Reorder& reorder : synchronize) reorder.run();
  }

  Arguments forwardArguments() const {
    Arguments arguments{{DNNL_ARG_SRC_LAYER, x}, {DNNL_ARG_WEIGHTS_LAYER, kernelForward},
                        {DNNL_ARG_WEIGHTS_ITER, recurrentForward}, {DNNL_ARG_BIAS, biasMemory}, {DNNL_ARG_DST_LAYER, y}};
    if (trains) arguments[DNNL_ARG_WORKSPACE] = workspace;
    return arguments;
  }

  void forward() const { execute(forwardPrimitive, forwardArguments()); }

  void backward() {
    for (const memory& sum : {dKernel, dRecurrent}) memset(sum.get_data_handle(), 0, sum.get_desc().get_size());
    bias.clear();  // oneDNN adds to gradients of weights
    Arguments arguments = forwardArguments();
    arguments[DNNL_ARG_WEIGHTS_LAYER] = kernelBackward;
    arguments[DNNL_ARG_WEIGHTS_ITER] = recurrentBackward;
    arguments[DNNL_ARG_DIFF_DST_LAYER] = dY;
    arguments[DNNL_ARG_DIFF_SRC_LAYER] = dX;
    arguments[DNNL_ARG_DIFF_WEIGHTS_LAYER] = dKernel;
    arguments[DNNL_ARG_DIFF_WEIGHTS_ITER] = dRecurrent;
    arguments[DNNL_ARG_DIFF_BIAS] = dBias;
    execute(backwardPrimitive, arguments);
    for (const Reorder& reorder : collect) reorder.run();
  }
};

/** C[M, N] = op(A) op(B), all float32 outside; operands are brought to the operand type in every call. */
struct Product {
  dnnl::matmul primitive;
  memory a, b, c;
  std::vector<Reorder> before;
  Product(float* A, float* B, float* C, int M, int K, int N, bool transposeA, bool transposeB) {
    const memory::desc as({M, K}, operandType, Tag::any), bs({K, N}, operandType, Tag::any), cs({M, N}, Type::f32, Tag::ab);
    const dnnl::matmul::primitive_desc desc(dnnl::matmul::desc(as, bs, cs), engine);
    primitive = dnnl::matmul(desc);
    c = memory(cs, engine, C);
    a = operand(view(A, {M, K}, transposeA ? Tag::ba : Tag::ab), desc.src_desc());
    b = operand(view(B, {K, N}, transposeB ? Tag::ba : Tag::ab), desc.weights_desc());
  }
  memory operand(const memory& plain, const memory::desc& wanted) {
    if (plain.get_desc() == wanted) return plain;
    const memory packed = allocate(wanted);
    before.emplace_back(plain, packed);
    return packed;
  }
  void run() const {
    for (const Reorder& reorder : before) reorder.run();
    execute(primitive, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
  }
};

/** What is timed: a part of a unit; gives its share. */
struct Runner {
  virtual ~Runner() = default;
  virtual double advance() = 0;
  double loss = 0;
  virtual bool hasLoss() const { return false; }
};

struct Training : Runner {
  Sizes sizes;
  int rows;  // tokens of a batch, time-major
  std::vector<std::unique_ptr<Recurrent>> layers;
  Weights embedding, kernel, bias;
  Floats hidden, logits;
  std::vector<int> tokens, targets;
  std::unique_ptr<Product> output, outputGradient, hiddenGradient;

  explicit Training(const Sizes& sizes) : sizes(sizes), rows(sizes.time * sizes.batch) {
    const int units = sizes.units, classes = sizes.classes;
    for (int k = 0; k < sizes.layers; k++) {
      layers.emplace_back(new Recurrent(sizes, sizes.time, sizes.batch, k ? units : sizes.inputs(), true));
    }
    if (sizes.embedding) embedding = Weights(size_t(sizes.vocabulary) * sizes.embedding, .05f);
    kernel = Weights(size_t(units) * classes, .08f);
    bias = Weights(classes, 0);
    tokens.resize(rows);
    targets.resize(classes > 1 ? rows : sizes.batch);
    for (int& token : tokens) token = rand() % sizes.vocabulary;
    for (int& target : targets) target = rand() % std::max(2, classes);
    if (classes == 1) return;
    Recurrent& last = *layers.back();
    logits.resize(size_t(rows) * classes);
    if (isBf16) hidden.resize(size_t(rows) * units);
    float* h = isBf16 ? hidden.data() : (float*)last.y.get_data_handle();
    output.reset(new Product(h, kernel.values.data(), logits.data(), rows, units, classes, false, false));
    outputGradient.reset(new Product(h, logits.data(), kernel.gradient.data(), units, rows, classes, true, false));
    hiddenGradient.reset(new Product(logits.data(), kernel.values.data(), (float*)last.dY.get_data_handle(), rows, classes,
                                     units, false, true));
  }

  void lookUp() {
    const memory& x = layers[0]->x;
    const Elements into(x);
    const int width = sizes.inputs();
    if (sizes.embedding) {
#pragma omp parallel for
      for (int row = 0; row < rows; row++) {
        into.setRow(size_t(row) * width, &embedding.values[size_t(tokens[row]) * width], width);
      }
      return;
    }
    memset(x.get_data_handle(), 0, x.get_desc().get_size());
    for (int row = 0; row < rows; row++) into.set(size_t(row) * width + tokens[row], 1);
  }

  /** Softmax and cross entropy at every step; leaves the gradient in the logits. */
  void symbols() {
    const int classes = sizes.classes;
    const Elements y(layers.back()->y);
    if (isBf16) {
#pragma omp parallel for
      for (size_t k = 0; k < hidden.size(); k++) hidden[k] = y.get(k);
    }
    output->run();
    double sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (int row = 0; row < rows; row++) {
      float* z = &logits[size_t(row) * classes];
      float largest = -1e30f, total = 0;
      for (int k = 0; k < classes; k++) largest = std::max(largest, z[k] += bias.values[k]);
      for (int k = 0; k < classes; k++) total += z[k] = expf(z[k] - largest);
      sum -= logf(z[targets[row]] / total + 1e-30f);
      const float scale = 1 / (total * rows);
      for (int k = 0; k < classes; k++) z[k] *= scale;
      z[targets[row]] -= 1.f / rows;
    }
    loss = sum / rows;
    outputGradient->run();
    hiddenGradient->run();
    bias.clear();
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < classes; k++) bias.gradient[k] += logits[size_t(row) * classes + k];
    }
  }

  /** A sigmoid on the last state of each sequence. */
  void verdict() {
    const int units = sizes.units, batch = sizes.batch;
    const Recurrent& last = *layers.back();
    const Elements y(last.y);
    const size_t end = size_t(sizes.time - 1) * batch * units;
    float* dY = (float*)last.dY.get_data_handle();
    memset(dY, 0, last.dY.get_desc().get_size());
    kernel.clear();
    bias.clear();
    loss = 0;
    for (int row = 0; row < batch; row++) {
      const size_t at = end + size_t(row) * units;
      float z = bias.values[0];
      for (int k = 0; k < units; k++) z += kernel.values[k] * y.get(at + k);
      const float gradient = (1 / (1 + expf(-z)) - targets[row]) / batch;
      loss += logf(1 + expf(targets[row] ? -z : z)) / batch;
      bias.gradient[0] += gradient;
      for (int k = 0; k < units; k++) {
        kernel.gradient[k] += gradient * y.get(at + k);
        dY[at + k] = gradient * kernel.values[k];
      }
    }
  }

  void update(Weights& weights, float scale) {
    const long count = long(weights.values.size());
    if (count == 0) return;
    const float rate = float(sizes.rate);
    float* p = weights.values.data();
    const float* g = weights.gradient.data();
    if (sizes.optimizer == "sgd") {
#pragma omp parallel for simd
      for (long k = 0; k < count; k++) p[k] -= rate * scale * g[k];
      return;
    }
    weights.second.resize(size_t(count));
    float* v = weights.second.data();
    if (sizes.optimizer == "rmsprop") {
#pragma omp parallel for simd if (count > 20000)
      for (long k = 0; k < count; k++) {
        v[k] = .99f * v[k] + .01f * g[k] * g[k];
        p[k] -= rate * g[k] / (sqrtf(v[k]) + 1e-8f);
      }
      return;
    }
    weights.first.resize(size_t(count));
    float* m = weights.first.data();
#pragma omp parallel for simd if (count > 20000)
    for (long k = 0; k < count; k++) {  // Adam; its corrections of the first steps cost nothing and are left out
      m[k] = .9f * m[k] + .1f * g[k];
      v[k] = .999f * v[k] + .001f * g[k] * g[k];
      p[k] -= rate * m[k] / (sqrtf(v[k]) + 1e-8f);
    }
  }

  std::vector<Weights*> all() {
    std::vector<Weights*> list{&embedding, &kernel, &bias};
    for (auto& layer : layers) list.insert(list.end(), {&layer->kernel, &layer->recurrent, &layer->bias});
    return list;
  }

  bool hasLoss() const override { return true; }

  double advance() override {
    for (auto& layer : layers) layer->sync();
    lookUp();
    for (size_t k = 0; k < layers.size(); k++) {
      if (k) copy(layers[k - 1]->y, layers[k]->x);
      layers[k]->forward();
    }
    if (sizes.classes > 1) symbols();
    else verdict();
    for (size_t k = layers.size(); k-- > 0;) {
      layers[k]->backward();
      if (k) copy(layers[k]->dX, layers[k - 1]->dY);
    }
    if (sizes.embedding) {
      embedding.clear();
      const float* dX = (const float*)layers[0]->dX.get_data_handle();
      const int width = sizes.embedding;
      for (int row = 0; row < rows; row++) {
        float* sum = &embedding.gradient[size_t(tokens[row]) * width];
        for (int k = 0; k < width; k++) sum[k] += dX[size_t(row) * width + k];
      }
    }
    float scale = 1;
    if (sizes.clip > 0) {
      double squares = 0;
      for (Weights* weights : all()) squares += weights->squaredNorm();
      scale = float(std::min(1.0, sizes.clip / sqrt(squares)));
    }
    for (Weights* weights : all()) update(*weights, scale);
    return 1;
  }

  static void copy(const memory& from, const memory& to) {
    memcpy(to.get_data_handle(), from.get_data_handle(), from.get_desc().get_size());
  }
};

/** One step of an LSTM with states in and out, batch 1. */
struct Step {
  dnnl::lstm_forward primitive;
  memory x, h, c, kernel, recurrent, bias, y, nextH, nextC;
  Step(int inputs, int units) {
    const memory::desc xs({1, 1, inputs}, operandType, Tag::tnc), ys({1, 1, units}, operandType, Tag::tnc),
        hs({1, 1, 1, units}, operandType, Tag::ldnc), cs({1, 1, 1, units}, Type::f32, Tag::ldnc),
        ks({1, 1, inputs, 4, units}, operandType, Tag::any), rs({1, 1, units, 4, units}, operandType, Tag::any),
        bs({1, 1, 4, units}, Type::f32, Tag::ldgo);
    const dnnl::lstm_forward::primitive_desc desc(
        dnnl::lstm_forward::desc(dnnl::prop_kind::forward_inference, dnnl::rnn_direction::unidirectional_left2right, xs, hs,
                                 cs, ks, rs, bs, ys, hs, cs),
        engine);
    primitive = dnnl::lstm_forward(desc);
    x = allocate(xs), h = allocate(hs), c = allocate(cs), y = allocate(ys), nextH = allocate(hs), nextC = allocate(cs);
    bias = allocate(bs), kernel = allocate(desc.weights_layer_desc()), recurrent = allocate(desc.weights_iter_desc());
    Floats plain = randomValues(size_t(inputs) * 4 * units, .08f), plainRecurrent = randomValues(size_t(units) * 4 * units, .08f);
    Reorder(view(plain.data(), {1, 1, inputs, 4, units}, Tag::ldigo), kernel).run();
    Reorder(view(plainRecurrent.data(), {1, 1, units, 4, units}, Tag::ldigo), recurrent).run();
    stream.wait();
  }
  void run() {
    execute(primitive, {{DNNL_ARG_SRC_LAYER, x}, {DNNL_ARG_SRC_ITER, h}, {DNNL_ARG_SRC_ITER_C, c},
                        {DNNL_ARG_WEIGHTS_LAYER, kernel}, {DNNL_ARG_WEIGHTS_ITER, recurrent}, {DNNL_ARG_BIAS, bias},
                        {DNNL_ARG_DST_LAYER, y}, {DNNL_ARG_DST_ITER, nextH}, {DNNL_ARG_DST_ITER_C, nextC}});
    std::swap(h, nextH);
    std::swap(c, nextC);
  }
};

struct Generation : Runner {
  Sizes sizes;
  int chunk, symbol = 0;
  std::vector<Step> layers;
  Floats output, hidden, scores;

  explicit Generation(const Sizes& sizes)
      : sizes(sizes), chunk(std::min(200, sizes.characters)), output(randomValues(size_t(sizes.units) * sizes.vocabulary, .08f)),
        hidden(sizes.units), scores(sizes.vocabulary) {
    for (int k = 0; k < sizes.layers; k++) layers.emplace_back(k ? sizes.units : sizes.vocabulary, sizes.units);
  }

  double advance() override {
    const int units = sizes.units, vocabulary = sizes.vocabulary;
    for (int count = 0; count < chunk; count++) {
      const memory& x = layers[0].x;
      memset(x.get_data_handle(), 0, x.get_desc().get_size());
      Elements(x).set(size_t(symbol), 1);
      for (size_t k = 0; k < layers.size(); k++) {
        if (k) Training::copy(layers[k - 1].y, layers[k].x);
        layers[k].run();
      }
      const Elements y(layers.back().y);
      for (int k = 0; k < units; k++) hidden[k] = y.get(size_t(k));
      float largest = -1e30f, total = 0;
      for (int v = 0; v < vocabulary; v++) {
        float sum = 0;
        for (int k = 0; k < units; k++) sum += hidden[k] * output[size_t(v) * units + k];
        largest = std::max(largest, scores[v] = sum);
      }
      for (float& score : scores) total += score = expf(score - largest);
      float rest = float(rand()) / float(RAND_MAX) * total;
      for (symbol = 0; symbol < vocabulary - 1 && (rest -= scores[symbol]) > 0;) symbol++;
    }
    return double(chunk) / sizes.characters;
  }
};

struct Classification : Runner {
  Sizes sizes;
  Recurrent layer;
  Floats embedding, output, probabilities;
  std::vector<int> tokens;  // [sequences, time]

  explicit Classification(const Sizes& sizes)
      : sizes(sizes), layer(sizes, sizes.time, sizes.batch, sizes.embedding, false),
        embedding(randomValues(size_t(sizes.vocabulary) * sizes.embedding, .05f)), output(randomValues(sizes.units, .08f)),
        probabilities(sizes.sequences), tokens(size_t(sizes.sequences) * sizes.time) {
    for (int& token : tokens) token = rand() % sizes.vocabulary;
    layer.sync();
  }

  double advance() override {
    const int batch = sizes.batch, width = sizes.embedding, units = sizes.units, time = sizes.time;
    for (int begin = 0; begin < sizes.sequences; begin += batch) {  // the last batch is filled up
      const Elements x(layer.x), y(layer.y);
#pragma omp parallel for if (batch > 1)
      for (int t = 0; t < time; t++) {
        for (int row = 0; row < batch; row++) {
          const int sequence = std::min(begin + row, sizes.sequences - 1);
          const int token = tokens[size_t(sequence) * time + t];
          x.setRow((size_t(t) * batch + row) * width, &embedding[size_t(token) * width], width);
        }
      }
      layer.forward();
      for (int row = 0; row < batch && begin + row < sizes.sequences; row++) {
        float z = 0;
        for (int k = 0; k < units; k++) z += output[k] * y.get((size_t(time - 1) * batch + row) * units + k);
        probabilities[begin + row] = 1 / (1 + expf(-z));
      }
    }
    return 1;
  }
};

/** The text or number after "name": in a line of JSON; enough for the requests of the bench, which have no nested names twice. */
static std::string field(const std::string& line, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  const size_t found = line.find(key);
  if (found == std::string::npos) return "";
  const size_t begin = found + key.size();
  if (line[begin] == '"') return line.substr(begin + 1, line.find('"', begin + 1) - begin - 1);
  return line.substr(begin, line.find_first_of(",}", begin) - begin);
}

static Sizes readSizes(const std::string& line) {
  const auto number = [&](const char* name) { return atoi(field(line, name).c_str()); };
  return {field(line, "task"), field(line, "cell"), field(line, "name"), number("vocabulary"), number("embedding"),
          number("layers"), number("units"), number("classes"), number("batch"), number("time"), number("characters"),
          number("sequences"), atof(field(line, "learningRate").c_str()), atof(field(line, "clip").c_str())};
}

static std::unique_ptr<Runner> makeRunner(const Sizes& sizes) {
  if (sizes.task == "training") return std::make_unique<Training>(sizes);
  if (sizes.task == "generation") return std::make_unique<Generation>(sizes);
  return std::make_unique<Classification>(sizes);
}

static double now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int main(int count, char** values) {
  isBf16 = count > 1 && !strcmp(values[1], "bf16");
  operandType = isBf16 ? Type::bf16 : Type::f32;
  engine = dnnl::engine(dnnl::engine::kind::cpu, 0);
  stream = dnnl::stream(engine);
  const unsigned flushDenormals = 0x8040;
#pragma omp parallel
  _mm_setcsr(_mm_getcsr() | flushDenormals);
  const dnnl_version_t* version = dnnl_version();
  printf("{\"ready\":\"%d.%d.%d\"}\n", version->major, version->minor, version->patch);
  fflush(stdout);
  std::unique_ptr<Runner> runner;
  for (std::string line; std::getline(std::cin, line);) {
    try {
      if (field(line, "do") == "prepare") {
        runner.reset();
        runner = makeRunner(readSizes(line));
        const double begin = now();
        runner->advance();
        const double first = now() - begin;
        for (int k = 0; k < 2; k++) runner->advance();
        printf("{\"first\":%.6f}\n", first);
      } else {
        const double begin = now(), limit = atof(field(line, "seconds").c_str()) * 1e3;
        double units = 0, elapsed;
        do {
          units += runner->advance();
          elapsed = now() - begin;
        } while (elapsed < limit);
        printf("{\"ms\":%.6f,\"steps\":%.4f", elapsed / units, units);
        if (runner->hasLoss()) printf(",\"loss\":%.5f", runner->loss);
        printf("}\n");
      }
    } catch (const dnnl::error& error) {
      // A type or a primitive that this machine or this oneDNN does not have.
      printf("{\"unsupported\":\"%s\"}\n", error.what());
    } catch (const std::exception& error) {
      printf("{\"error\":\"%s\"}\n", error.what());
    }
    fflush(stdout);
  }
}
