/* Regular expressions and file-name patterns. */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <ftw.h>
#include <glob.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../check.h"

static int files, directories;

static int visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
        (void)path;
        (void)status;
        (void)where;
        files += type == FTW_F;
        directories += type == FTW_D;
        return 0;
}

int main(void)
{
        regex_t expression;
        regmatch_t found[3];
        CHECK(regcomp(&expression, "^([a-z]+)=([0-9]{2,3})$", REG_EXTENDED | REG_ICASE) == 0);
        CHECK(regexec(&expression, "Port=808", 3, found, 0) == 0 && found[2].rm_so == 5 && found[2].rm_eo == 8);
        CHECK(regexec(&expression, "Port=8", 3, found, 0) == REG_NOMATCH);
        regfree(&expression);
        char message[64];
        int error = regcomp(&expression, "a(b", REG_EXTENDED);
        CHECK(error != 0 && regerror(error, &expression, message, sizeof(message)) > 5);
        CHECK(fnmatch("*.html", "index.html", 0) == 0 && fnmatch("[!a]?c", "abc", 0) == FNM_NOMATCH);
        CHECK(fnmatch("*", "a/b", FNM_PATHNAME) == FNM_NOMATCH);
        glob_t paths;
        CHECK(glob("/www/*.???*", 0, NULL, &paths) == 0 && paths.gl_pathc == 2);
        CHECK(strcmp(paths.gl_pathv[0], "/www/index.html") == 0 && strcmp(paths.gl_pathv[1], "/www/page.bin") == 0);
        globfree(&paths);
        CHECK(glob("/none*", 0, NULL, &paths) == GLOB_NOMATCH);
        CHECK(nftw("/www", visit, 10, 0) == 0 && files == 4 && directories == 3);
        return check_done();
}
