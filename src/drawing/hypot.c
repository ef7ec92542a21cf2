/* glibc 2.35 gave hypot and hypotf a version of their own; calling them, the program would not start on systems with glibc
 * 2.34, as Amazon Linux 2023. These take their place: drawing pictures needs no more, its lengths are far from overflow. */
#include <math.h>

double hypot(double x, double y) { return sqrt(x * x + y * y); }

float hypotf(float x, float y) { return (float)sqrt((double)x * x + (double)y * y); }
