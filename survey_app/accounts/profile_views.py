"""One's own page: name, language, password and second factor."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from survey_app.accounts.access import signed_in
from survey_app.accounts.enrolment import square_code
from survey_app.accounts.forms import ChangePasswordForm, CodeForm, ProfileForm
from survey_app.accounts.rules import must_have_second_factor
from survey_app.accounts.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    count_recovery_codes,
    enrolment_address,
    remove_second_factor,
    renew_recovery_codes,
    take_second_factor,
)
from survey_app.accounts.service import change_password, change_profile
from survey_app.accounts.session import current_user, current_viewer, start_session
from survey_app.accounts.views import Page, blueprint, throttle
from survey_app.db import transaction
from survey_app.errors import N_, Invalid, Refusal
from survey_app.forms import show_on_form
from survey_app.web import db_session, now, settings


def _secret_key() -> str:
    return settings().secret_key.get_secret_value()


@blueprint.get("/profile")
@signed_in
def profile() -> Page:
    user = current_user()
    return render_template(
        "accounts/profile.html",
        user=user,
        form=ProfileForm(obj=user),
        n_codes=count_recovery_codes(db_session(), user),
    )


@blueprint.post("/profile")
@signed_in
def submit_profile() -> Page:
    form, user = ProfileForm(), current_user()
    if not form.validate_on_submit():
        n_codes = count_recovery_codes(db_session(), user)
        return render_template("accounts/profile.html", user=user, form=form, n_codes=n_codes), 400
    with transaction(db_session()) as session:
        change_profile(session, user, name=form.name.data, language=form.language.data, now=now())
    with force_locale(form.language.data):
        flash(_("Saved."), "success")
    return redirect(url_for("accounts.profile"))


@blueprint.get("/profile/password")
@signed_in
def password() -> Page:
    return render_template("accounts/password.html", form=ChangePasswordForm())


@blueprint.post("/profile/password")
@signed_in
def submit_password() -> Page:
    form, user = ChangePasswordForm(), current_user()
    if not form.validate_on_submit():
        return render_template("accounts/password.html", form=form), 400
    throttle(user.email)
    try:
        with transaction(db_session()) as session:
            change_password(session, user, form.current_password.data, form.password.data, now())
            start_session(user)
    except Invalid as refusal:
        status = show_on_form(form, refusal)
        return render_template("accounts/password.html", form=form), status
    flash(_("Your password is changed. Every other browser is signed out."), "success")
    return redirect(url_for("accounts.profile"))


@blueprint.get("/profile/second-factor")
@signed_in
def second_factor() -> Page:
    return _show_second_factor(CodeForm())


def _show_second_factor(form: CodeForm) -> str:
    user = current_user()
    address = enrolment_address(user, _secret_key(), _("Client satisfaction"))
    return render_template(
        "accounts/second_factor.html",
        user=user,
        form=form,
        is_asked=must_have_second_factor(user.role),
        square=square_code(address) if address else None,
        n_codes=count_recovery_codes(db_session(), user),
    )


@blueprint.post("/profile/second-factor")
@signed_in
def submit_second_factor() -> Page:
    """Begin, confirm, renew the codes, or switch off: the button says which."""
    step = STEPS.get(request.form.get("step", ""))
    if step is None:
        raise Invalid(N_("Choose one of the buttons of the page."))
    form, user = CodeForm(), current_user()
    throttle(f"code {user.id}")
    try:
        with transaction(db_session()):
            codes = step(form)
    except Refusal as refusal:
        status = show_on_form(form, refusal)
        return _show_second_factor(form), status
    if codes:
        return render_template("accounts/recovery_codes.html", codes=codes)
    return redirect(url_for("accounts.second_factor"))


def _begin(_form: CodeForm) -> list[str]:
    if current_user().totp_confirmed_at is not None:
        raise Refusal(N_("The second factor is already on."))
    begin_second_factor(current_user(), _secret_key())
    return []


def _confirm(form: CodeForm) -> list[str]:
    return confirm_second_factor(db_session(), current_user(), form.code.data or "", _secret_key(), now())


def _prove(form: CodeForm) -> None:
    """Ask for a code before the second factor is weakened: an unlocked screen must not be enough."""
    if not take_second_factor(db_session(), current_user(), form.code.data or "", _secret_key(), now()):
        raise Invalid(N_("This code does not match. Type the one that is shown now."), field="code")


def _renew(form: CodeForm) -> list[str]:
    _prove(form)
    return renew_recovery_codes(db_session(), current_user())


def _remove(form: CodeForm) -> list[str]:
    _prove(form)
    remove_second_factor(db_session(), current_user(), current_viewer().actor, now())
    return []


STEPS = {"begin": _begin, "confirm": _confirm, "renew": _renew, "remove": _remove}
