/* png.h - small images inside a page, as data: URIs. */
#ifndef CLI_PNG_H
#define CLI_PNG_H
#include "text_file.h"

/* Add "data:image/png;base64,..." of an image of 8 bits per number: channels 1 (gray) or 3
 * (red, green, blue), row by row, the channels of a pixel side by side. */
void png_data_uri(text_file *page, int64_t width, int64_t height, int channels,
                  const unsigned char *pixel);

#endif
