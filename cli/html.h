/* html.h - text for pages. */
#ifndef CLI_HTML_H
#define CLI_HTML_H
#include "text_file.h"

/* Text between tags or within quotes of an attribute; what no page may hold becomes '?'. */
void html_text(text_file *page, const char *text);

/* The beginning of a page of its own: nothing is fetched, nothing runs. */
void html_begin(text_file *page, const char *title);
void html_end(text_file *page);

#endif
