"""Sign in and out, the forgotten password, and one's own page: name, language, password, second factor."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from survey_app.accounts.access import public, signed_in
from survey_app.accounts.forms import (
    ChangePasswordForm,
    CodeForm,
    ForgottenForm,
    NewPasswordForm,
    ProfileForm,
    SignInForm,
)
from survey_app.accounts.queries import has_accounts
from survey_app.accounts.rules import local_target, must_have_second_factor
from survey_app.accounts.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    count_recovery_codes,
    enrolment_address,
    remove_second_factor,
    renew_recovery_codes,
    square_code,
    take_second_factor,
)
from survey_app.accounts.service import change_password, change_profile, find_reset, request_reset, use_reset
from survey_app.accounts.session import (
    COOKIE_TOKEN,
    current_user,
    current_viewer,
    find_current_user,
    find_pending,
    remember_pending,
    start_session,
)
from survey_app.accounts.signing_in import authenticate, end_all_sessions, end_session, may_try
from survey_app.db import transaction
from survey_app.errors import N_, Invalid, Refusal
from survey_app.forms import attempt, save, show_on_form, status_of
from survey_app.web import db_session, now, settings

blueprint = Blueprint("accounts", __name__)

Page = str | tuple[str, int] | BaseResponse


class TooManyAttempts(Refusal):
    status = 429


def throttle(account: str) -> None:
    """Refuse the attempt where too many came before it; the count outlives the refusal."""
    with transaction(db_session()) as session:
        is_allowed = may_try(session, account, request.remote_addr or "", now())
    if not is_allowed:
        raise TooManyAttempts(N_("Too many attempts. Wait a quarter of an hour, or ask for a new password."))


def _next_place() -> str:
    return local_target(request.args.get("next")) or "/"


@blueprint.get("/sign-in")
@public
def sign_in() -> Page:
    if find_current_user():
        return redirect(_next_place())
    return render_template("accounts/sign_in.html", form=SignInForm(), is_first_run=not has_accounts(db_session()))


@blueprint.post("/sign-in")
@public
def submit_sign_in() -> Page:
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form, is_first_run=False), 400
    throttle(form.email.data.lower())
    with transaction(db_session()) as session:
        user = authenticate(session, form.email.data, form.password.data)
        if user and not user.totp_confirmed_at:
            start_session(user)
            return redirect(_next_place())
    if user:
        remember_pending(user)
        return redirect(url_for("accounts.enter_code", next=request.args.get("next")))
    wrong = Invalid(N_("This address and this password do not go together. Check both, or ask for a new password."))
    show_on_form(form, wrong)
    return render_template("accounts/sign_in.html", form=form, is_first_run=False), 400


@blueprint.get("/sign-in/code")
@public
def enter_code() -> Page:
    if find_pending() is None:
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/enter_code.html", form=CodeForm())


@blueprint.post("/sign-in/code")
@public
def submit_code() -> Page:
    form, user = CodeForm(), find_pending()
    if user is None:
        flash(_("That took longer than ten minutes. Sign in again."), "warning")
        return redirect(url_for("accounts.sign_in"))
    throttle(f"code {user.id}")
    secret_key = settings().secret_key.get_secret_value()
    with transaction(db_session()) as session:
        if form.validate() and take_second_factor(session, user, form.code.data, secret_key, now()):
            start_session(user)
            return redirect(_next_place())
    show_on_form(form, Invalid(N_("This code does not match. Type the one that is shown now."), field="code"))
    return render_template("accounts/enter_code.html", form=form), 400


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Page:
    """End this session on the server, or every session of the person where they ask for it."""
    with transaction(db_session()) as session:
        if request.form.get("everywhere"):
            end_all_sessions(session, current_user())
        else:
            end_session(session, cookie[COOKIE_TOKEN])
    cookie.clear()
    flash(_("You are signed out."), "success")
    return redirect(url_for("accounts.sign_in"))


@blueprint.get("/password/forgotten")
@public
def forgotten_password() -> Page:
    return render_template("accounts/forgotten_password.html", form=ForgottenForm())


@blueprint.post("/password/forgotten")
@public
def submit_forgotten_password() -> Page:
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("accounts/forgotten_password.html", form=form), 400
    throttle(f"forgotten {form.email.data}")
    with transaction(db_session()) as session:
        request_reset(session, form.email.data, now())
    flash(_("If this address has an account, a mail with a link, valid for one hour, is on its way."), "success")
    return redirect(url_for("accounts.sign_in"))


def _private(page: str, status: int = 200) -> Response:
    """Answer with a page whose address must not travel to any other."""
    response = make_response(page, status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/password/new/<token>")
@public
def new_password(token: str) -> Page:
    find_reset(db_session(), token, settings().token_key.get_secret_value().encode(), now())
    return _private(render_template("accounts/new_password.html", form=NewPasswordForm()))


@blueprint.post("/password/new/<token>")
@public
def submit_new_password(token: str) -> Page:
    form = NewPasswordForm()
    reset = find_reset(db_session(), token, settings().token_key.get_secret_value().encode(), now())
    if not save(form, lambda session: use_reset(session, reset, form.password.data, now())):
        return _private(render_template("accounts/new_password.html", form=form), status_of(form))
    cookie.clear()
    flash(_("Your new password is set. Sign in with it."), "success")
    return redirect(url_for("accounts.sign_in"))


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
    if not save(
        form,
        lambda session: change_profile(session, user, name=form.name.data, language=form.language.data, now=now()),
    ):
        n_codes = count_recovery_codes(db_session(), user)
        return render_template("accounts/profile.html", user=user, form=form, n_codes=n_codes), status_of(form)
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

    def change(session: Session) -> None:
        change_password(session, user, form.current_password.data, form.password.data, now())
        start_session(user)

    if not save(form, change):
        return render_template("accounts/password.html", form=form), status_of(form)
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
    codes: list[str] = []
    refusal = attempt(lambda _session: codes.extend(step(form)))
    if refusal is not None:
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
