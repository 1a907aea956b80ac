// The whole-sequence commands.
#pragma once
#include "gru.h"
#include "lstm.h"
#include "simple_rnn.h"
