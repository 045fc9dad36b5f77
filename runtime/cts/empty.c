/* A shared object that is no artifact, and the public headers as C99. */
#include "hadal/artifact.h"
#include "hadal/runtime.h"

int hadalNothing;
