// SwiftPM wants a source file in a C target.
#include "fanin.h"
