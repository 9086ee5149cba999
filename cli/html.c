/* html.c - text for pages, and the style that all pages share. */
#include "html.h"
#include "diag.h"
#include <string.h>

static const char *const style =
    ":root{color-scheme:light dark;--line:#8884;--soft:#8881}"
    "body{font:16px/1.5 system-ui,'DejaVu Sans',sans-serif;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem}"
    "h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:3rem;border-top:1px solid var(--line);"
    "padding-top:1.2rem}h3{font-size:1rem;margin:1.5rem 0 .3rem}"
    "pre{overflow-x:auto;background:var(--soft);padding:.7rem 1rem;border-radius:6px;"
    "font-size:.85rem;line-height:1.4}"
    "svg{max-width:100%;height:auto;border:1px solid var(--line);border-radius:6px}"
    "figure{margin:1rem 0;overflow-x:auto}.figures{display:grid;gap:1rem;align-items:start;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr))}.figures figure{margin:0}"
    ".figures svg{display:block;box-sizing:border-box;width:100%;max-width:40rem}nav ol,ul.facts{list-style:none;padding:0}"
    "nav ol{columns:2 20rem;font-size:.9rem}"
    "ul.facts li{margin:.25rem 0;padding-left:8.5rem;text-indent:-8.5rem}"
    "ul.facts b{display:inline-block;width:8.5rem;text-indent:0;font-variant-numeric:tabular-nums}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid var(--line)}"
    "th:first-child,td:first-child,table.words td{text-align:left}table.words th{white-space:nowrap;vertical-align:top}"
    ".images{display:flex;flex-wrap:wrap;gap:.8rem}.images figure{margin:0;text-align:center;"
    "font-size:.8rem}img{image-rendering:pixelated;border:1px solid var(--line)}";

/* Length of the UTF-8 character at s, 0 when it is none. */
static size_t character_at(const unsigned char *s)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (s[0] >= 0x80 && (s[0] < 0xc2 || s[0] > 0xf4)) return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    return n;
}

void html_text(text_file *page, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        size_t n = character_at(s);
        const char *as = NULL;
        if (!n || (n == 1 && s[0] < ' ' && s[0] != '\n') || s[0] == 0x7f) as = "?";
        if (*s == '&') as = "&amp;";
        if (*s == '<') as = "&lt;";
        if (*s == '>') as = "&gt;";
        if (*s == '"') as = "&quot;";
        if (*s == '\'') as = "&#39;";
        if (as)
            text_file_add(page, as, strlen(as));
        else
            text_file_add(page, (const char *)s, n);
        s += n ? n : 1;
    }
}

void html_begin(text_file *page, const char *title)
{
    text_file_print(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                          "<meta name=\"viewport\" content=\"width=device-width, "
                          "initial-scale=1\">\n<title>");
    html_text(page, title);
    text_file_print(page, "</title>\n<style>");
    text_file_add(page, style, strlen(style));
    text_file_print(page, "</style>\n</head>\n<body>\n<h1>");
    html_text(page, title);
    text_file_print(page, "</h1>\n");
}

void html_end(text_file *page) { text_file_print(page, "</body>\n</html>\n"); }
