# SPDX-License-Identifier: LGPL-2.1-or-later
# LX_ADD_CFLAGS(VARIABLE, FLAGS) - appends to VARIABLE those of FLAGS that the compiler takes without a warning.
AC_DEFUN([LX_ADD_CFLAGS], [
	AC_LANG_PUSH([C])
	for lx_flag in m4_normalize([$2]); do
		AS_VAR_PUSHDEF([lx_cache], [lx_cv_cflag_$lx_flag])
		AC_CACHE_CHECK([whether $CC takes $lx_flag], [lx_cache], [
			lx_saved=$CFLAGS
			CFLAGS="$CFLAGS -Werror $lx_flag"
			AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([lx_cache], [yes])], [AS_VAR_SET([lx_cache], [no])])
			CFLAGS=$lx_saved
		])
		AS_VAR_IF([lx_cache], [yes], [$1="$$1 $lx_flag"])
		AS_VAR_POPDEF([lx_cache])
	done
	AC_LANG_POP([C])
])

# LX_ADD_LDFLAGS(VARIABLE, FLAGS) - appends to VARIABLE those of FLAGS that programs can be linked with.
AC_DEFUN([LX_ADD_LDFLAGS], [
	AC_LANG_PUSH([C])
	for lx_flag in m4_normalize([$2]); do
		AS_VAR_PUSHDEF([lx_cache], [lx_cv_ldflag_$lx_flag])
		AC_CACHE_CHECK([whether the linker takes $lx_flag], [lx_cache], [
			lx_saved=$LDFLAGS
			LDFLAGS="$LDFLAGS $lx_flag"
			AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([lx_cache], [yes])], [AS_VAR_SET([lx_cache], [no])])
			LDFLAGS=$lx_saved
		])
		AS_VAR_IF([lx_cache], [yes], [$1="$$1 $lx_flag"])
		AS_VAR_POPDEF([lx_cache])
	done
	AC_LANG_POP([C])
])

# LX_WITH(NAME, CONDITIONAL, PKG-CONFIG NAME, WHAT FOR) - an optional library: --without-NAME, used when it is there,
# required with --with-NAME. Sets the automake conditional, NAME_CFLAGS/NAME_LIBS (upper case) and lx_have_NAME.
AC_DEFUN([LX_WITH], [
	AC_ARG_WITH([$1], [AS_HELP_STRING([--without-$1], [do not use $3: $4])], [], [with_$1=auto])
	lx_have_$1=no
	AS_IF([test "x$with_$1" != xno], [
		PKG_CHECK_MODULES(m4_toupper([$1]), [$3], [lx_have_$1=yes], [
			AS_IF([test "x$with_$1" = xyes],
				[AC_MSG_ERROR([$3 was asked for by --with-$1 but pkg-config does not find it])])
		])
	])
	AM_CONDITIONAL([$2], [test "x$lx_have_$1" = xyes])
])

# LX_WITHOUT(NAME, CONDITIONAL, WHAT FOR) - a part that needs nothing to be built, and can be left out with --without-NAME.
# Sets the automake conditional and lx_have_NAME.
AC_DEFUN([LX_WITHOUT], [
	AC_ARG_WITH([$1], [AS_HELP_STRING([--without-$1], [leave out: $3])], [], [with_$1=yes])
	AS_IF([test "x$with_$1" = xno], [lx_have_$1=no], [lx_have_$1=yes])
	AM_CONDITIONAL([$2], [test "x$lx_have_$1" = xyes])
])
