/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c - see lines.h. */
#include "intel/lines.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/utf8.h"

static void skip_bom(FILE *file)
{
    static const int bom[3] = {0xef, 0xbb, 0xbf};
    int byte = 0;
    for (int i = 0; i < 3; i++)
        if ((byte = getc_unlocked(file)) != bom[i]) {
            rewind(file);
            return;
        }
}

bool lines_open(struct lines *l, const char *path, struct error *error)
{
    l->number = 0;
    l->file = fopen(path, "re");
    if (!l->file)
        return error_set(error, "%s: %s; is the path right and readable?", path, strerror(errno));
    skip_bom(l->file);
    return true;
}

static void trim(struct lines *l, size_t size)
{
    while (size > 0 && isspace((unsigned char)l->text[size - 1]))
        size--;
    size_t blanks = 0;
    while (blanks < size && isspace((unsigned char)l->text[blanks]))
        blanks++;
    memmove(l->text, l->text + blanks, size - blanks);
    l->text[size - blanks] = '\0';
}

bool lines_next(struct lines *l)
{
    size_t size = 0;
    int byte = getc_unlocked(l->file);
    if (byte == EOF)
        return false;
    l->number++;
    l->complaint = NULL;
    for (; byte != EOF && byte != '\n'; byte = getc_unlocked(l->file)) {
        if (size == LINE_MAX_SIZE - 1)
            l->complaint = "a line longer than 8191 bytes; split it";
        else if (byte == '\0')
            l->complaint = "a NUL byte; is this a text file?";
        else
            l->text[size++] = (char)byte;
    }
    trim(l, size);
    if (!l->complaint && !utf8_valid((const uint8_t *)l->text, strlen(l->text)))
        l->complaint = "not UTF-8; save the file as UTF-8";
    return true;
}

void lines_close(struct lines *l)
{
    if (l->file)
        fclose(l->file);
}
