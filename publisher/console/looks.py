"""How each state looks: a word, a colour and an icon together, so that none of them has to be told by colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from publisher.compose.models import Status
from publisher.deliver import films
from publisher.deliver.models import ChangeState, Delivery, State
from publisher.deliver.progress import Stand
from publisher.deliver.status import OVERDUE
from publisher.measure.models import PageState
from publisher.people.models import Role
from publisher.plan.models import SlotState


@dataclass(frozen=True, slots=True, eq=False)  # each is one constant; comparing would translate its word every time
class Look:
    colour: str  # one of the style sheet's: green, blue, yellow, orange, red, secondary
    icon: str
    word: object


STATES = {
    State.WAITING: Look("blue", "clock", pgettext_lazy("delivery", "Waiting")),
    State.CLAIMED: Look("blue", "clock", pgettext_lazy("delivery", "Waiting")),
    State.SENDING: Look("blue", "loader-2", pgettext_lazy("delivery", "Being sent")),
    State.PEOPLE: Look("blue", "users", pgettext_lazy("delivery", "With people")),
    State.SENT: Look("green", "circle-check", pgettext_lazy("delivery", "Published")),
    State.UNKNOWN: Look("orange", "question-mark", pgettext_lazy("delivery", "Not known")),
    State.FAILED: Look("red", "alert-triangle", pgettext_lazy("delivery", "Failed")),
    State.CANCELLED: Look("secondary", "x", pgettext_lazy("delivery", "Cancelled")),
    State.EXPIRED: Look("orange", "clock-exclamation", pgettext_lazy("delivery", "Not sent in time")),
    State.WITHDRAWN: Look("secondary", "arrow-back-up", pgettext_lazy("delivery", "Withdrawn")),
}
FILM = Look("blue", "movie", pgettext_lazy("delivery", "Waits for its film"))
LATE = Look("orange", "clock-exclamation", pgettext_lazy("delivery", "Late"))
HELD = Look("orange", "player-pause", pgettext_lazy("delivery", "Waits for a decision"))
PUT_OFF = Look("yellow", "clock-pause", pgettext_lazy("delivery", "Put off"))

STATUSES = {
    Status.DRAFT: Look("secondary", "edit", _("Draft")),
    Status.IN_REVIEW: Look("blue", "eye", _("In review")),
    Status.RETURNED: Look("orange", "arrow-back-up", pgettext_lazy("post", "Returned")),
    Status.APPROVED: Look("green", "shield-check", _("Approved")),
    Status.CANCELLED: Look("secondary", "x", pgettext_lazy("post", "Cancelled")),
    Status.WITHDRAWN: Look("secondary", "arrow-back-up", pgettext_lazy("post", "Withdrawn")),
}

PAGE_STATES = {
    PageState.OK: Look("green", "circle-check", PageState.OK.label),
    PageState.STALE: Look("orange", "clock-exclamation", PageState.STALE.label),
    PageState.BLOCKED: Look("orange", "alert-triangle", PageState.BLOCKED.label),
    PageState.MANUAL: Look("secondary", "user", PageState.MANUAL.label),
}

STANDS = {
    Stand.STUCK: Look("red", "alert-triangle", pgettext_lazy("campaign", "Needs a person")),
    Stand.TO_SETTLE: Look("orange", "question-mark", pgettext_lazy("campaign", "To be settled there")),
    Stand.REFUSED: Look("orange", "x", pgettext_lazy("campaign", "Refused")),
    Stand.SILENT: Look("orange", "clock-exclamation", pgettext_lazy("campaign", "Silent")),
    Stand.WAITING: Look("blue", "clock", pgettext_lazy("campaign", "No answer yet")),
    Stand.ADAPTED: Look("blue", "edit", pgettext_lazy("campaign", "Adapted")),
    Stand.ACCEPTED: Look("blue", "check", pgettext_lazy("campaign", "Accepted")),
    Stand.SCHEDULED: Look("blue", "calendar-time", pgettext_lazy("campaign", "Scheduled")),
    Stand.PUBLISHED: Look("green", "circle-check", pgettext_lazy("campaign", "Published")),
    Stand.WITHDRAWN: Look("secondary", "arrow-back-up", pgettext_lazy("campaign", "Withdrawn")),
}

SLOTS = {
    SlotState.PLANNED: Look("blue", "calendar-time", pgettext_lazy("slot", "Planned")),
    SlotState.MADE: Look("blue", "file-text", pgettext_lazy("slot", "Post made")),
    SlotState.SKIPPED: Look("secondary", "x", pgettext_lazy("slot", "Skipped")),
    SlotState.MISSED: Look("orange", "clock-exclamation", pgettext_lazy("slot", "Missed")),
}

CHANGES = {
    ChangeState.WAITING: Look("blue", "clock", pgettext_lazy("change", "Waiting")),
    ChangeState.DOING: Look("blue", "loader-2", pgettext_lazy("change", "Being done")),
    ChangeState.DONE: Look("green", "circle-check", pgettext_lazy("change", "Done")),
    ChangeState.FOLLOWED_UP: Look("green", "arrow-back-up", pgettext_lazy("change", "Followed in reply")),
    ChangeState.BY_HAND: Look("orange", "user", pgettext_lazy("change", "Do it by hand")),
    ChangeState.FAILED: Look("red", "alert-triangle", pgettext_lazy("change", "Failed")),
    ChangeState.CANCELLED: Look("secondary", "x", pgettext_lazy("change", "Cancelled")),
}

PLACES = {
    "done": CHANGES[ChangeState.DONE],
    "followed_up": CHANGES[ChangeState.FOLLOWED_UP],
    "under_way": CHANGES[ChangeState.DOING],
    "by_hand": CHANGES[ChangeState.BY_HAND],
}

OUTCOMES = {
    "sent": Look("green", "circle-check", pgettext_lazy("attempt", "Sent")),
    "refused": Look("red", "alert-triangle", pgettext_lazy("attempt", "Refused")),
    "target_gone": Look("red", "broadcast", pgettext_lazy("attempt", "Channel closed to us")),
    "access_lost": Look("red", "lock", pgettext_lazy("attempt", "Account not accepted")),
    "rate_limited": Look("yellow", "clock-pause", pgettext_lazy("attempt", "Asked to wait")),
    "unavailable": Look("yellow", "plug-connected", pgettext_lazy("attempt", "Not reached")),
    "outcome_unknown": Look("orange", "question-mark", pgettext_lazy("attempt", "Not known")),
}
UNFINISHED = Look("blue", "loader-2", pgettext_lazy("attempt", "Under way"))

VERBS = {
    "okrugs_taken": _("took the list of okrugs in"),
    "leaflets_printed": _("said how many leaflets were printed"),
    "visits_recorded": _("wrote house visits down"),
    "visits_taken_back": _("took house visits back"),
    "round_begun": _("began a round of house visits"),
    "alarm": _("noticed that calls about a ruse rose"),
    "alarm_closed": _("closed the notice of a rise"),
    "list_taken": _("took a list of numbers in"),
    "calls_dealt": _("dealt numbers out among callers"),
    "calls_given_back": _("gave numbers back"),
    "numbers_deleted": _("deleted a campaign's numbers"),
    "number_forgotten": _("had a number forgotten"),
    "do_not_call": _("noted that somebody wants no calls"),
    "cluster_named": _("named a new ruse"),
    "cluster_put_aside": _("put similar calls aside"),
    "case_added": _("entered a registered case"),
    "case_removed": _("removed a registered case"),
    "cases_taken": _("took a list of cases in"),
    "reports_deleted": _("deleted what a resident had told"),
    "imported": _("took districts, people and channels in from a spreadsheet"),
    "token_made": _("made a token for another program"),
    "token_revoked": _("revoked a token"),
    "webhook_made": _("let events be sent to an address"),
    "webhook_on": _("switched events on"),
    "webhook_off": _("switched events off"),
    "webhook_again": _("let events be tried again"),
    "calendar_key": _("made a calendar address"),
    "campaign_begun": _("handed it out to districts"),
    "campaign_taken": _("took it for the district"),
    "campaign_refused": _("refused it for the district"),
    "campaign_corrected": _("passed the correction on"),
    "campaign_kept_own": _("kept the district's own words"),
    "campaign_withdrawn": _("withdrew it everywhere"),
    "approved_by_order": _("approved by the centre's order"),
    "corrected_by_centre": _("corrected by the centre"),
    "digest_on": _("let the weekly digest come"),
    "digest_off": _("stopped the weekly digest"),
    "digest_sample": _("sent a sample of the digest"),
    "digest_again": _("let the digest be sent again"),
    "digest_arrived": _("said that the digest arrived"),
    "digest_chat": _("made a new link for a reader of the digest"),
    "consent_noted": _("noted that a person asked for our messages"),
    "gateway_accepted": _("switched a phone account on after reading the notice"),
    "gateway_choice": _("decided how a phone account works"),
    "relay_added": _("added a person who posts"),
    "question_answered": _("answered a resident's question"),
    "question_closed": _("closed a resident's question without an answer"),
    "resident_blocked": _("let the bot be silent to somebody for a week"),
    "quiz_pair_made": _("put two quizzes together"),
    "quiz_pair_removed": _("took a pair of quizzes apart"),
    "relay_on": _("switched a person who posts on"),
    "relay_off": _("switched a person who posts off"),
    "relays_of_channel": _("changed who posts into a group"),
    "relay_chat_forgotten": _("made a new Telegram link for a person who posts"),
    "relay_posted": _("said that it is posted"),
    "relay_cannot": _("said that they cannot post it"),
    "watch_on": _("switched looking on"),
    "reader_on": _("switched reading by an account on"),
    "reader_off": _("switched reading by an account off"),
    "reader_logged_in": _("logged the reading account in"),
    "reader_logged_out": _("logged the reading account out"),
    "invite_made": _("made an invitation"),
    "invite_ended": _("ended an invitation"),
    "watch_off": _("switched looking off"),
    "number_by_hand": _("typed a number in"),
    "study_registered": _("wrote a question down beforehand"),
    "study_dropped": _("dropped a question"),
    "link_made": _("made a short link"),
    "link_off": _("switched a short link off"),
    "link_on": _("switched a short link on"),
    "queued": _("queued it"),
    "cancelled": _("cancelled it"),
    "withdrawn": _("withdrew it"),
    "corrected": _("corrected it"),
    "appeared": _("said that it appeared"),
    "did_not_appear": _("said that it did not appear"),
    "done_by_hand": _("did it by hand"),
    "sent_anyway": _("let it be sent all the same"),
    "dropped": _("dropped it"),
    "created": _("created it"),
    "edited": _("edited it"),
    "submitted": _("sent it for review"),
    "picture_checked": _("looked at a picture or film"),
    "picture_unchecked": _("took a tick off a picture or film"),
    "tested": _("sent a test to the control chat"),
    "approved": _("approved it"),
    "approved_first": _("approved it as the first of two"),
    "given_back": _("returned it"),
    "corrected_from_file": _("corrected it from a file"),
    "approved_from_shell": _("approved it alone at the command line"),
    "approved_by_plan": _("let it pass as the plan says"),
    "channel_added": _("added the channel"),
    "channel_tags": _("changed the channel's tags"),
    "channel_on": _("switched the channel on"),
    "channel_off": _("switched the channel off"),
    "stopped": _("stopped sending"),
    "resumed": _("let sending go on"),
    "moved": _("moved it to another time"),
    "films_ordered": _("ordered branded versions"),
    "drawing_ordered": _("made a card or clip with own words"),
    "film_cancelled": _("stopped the making of a film"),
    "brand_changed": _("changed the district's look"),
    "brand_removed": _("took the common look again"),
    "invited": _("invited somebody"),
    "joined": _("joined"),
    "logged_in": _("logged in"),
    "password_changed": _("changed the password"),
    "factor_added": _("added a second factor"),
    "factor_removed": _("removed a second factor"),
    "factors_reset": _("reset the second factor"),
    "recovery_codes": _("made new recovery codes"),
    "signed_out_there": _("signed out on another device"),
    "slot_moved": _("moved the planned post"),
    "channel_changed": _("changed the channel"),
    "delegated": _("named a substitute"),
    "delegation_ended": _("ended a substitution"),
    "handed_over": _("handed it over to a colleague"),
    "person_changed": _("changed the person's role or district"),
    "password_link": _("made a link for a new password"),
    "new_password": _("chose a new password by a link"),
    "signed_out_everywhere": _("signed the person out everywhere"),
    "locked_out": _("closed the log-in after too many wrong answers"),
    "person_off": _("switched the person off"),
    "samples_removed": _("removed the sample data"),
    "person_on": _("switched the person on"),
}

ROLES = {
    Role.OFFICER: _("writes posts and sends them for review"),
    Role.APPROVER: _("writes posts and approves those of others"),
    Role.DUTY: _("writes posts and may press the stop button at any hour; does not approve"),
    Role.CHIEF: _("approves posts and reads reports"),
    Role.ADMIN: _("does everything, and looks after channels, accounts and people"),
}


def delivery_look(delivery: Delivery, now: datetime) -> Look:
    """A waiting delivery may be held, late or put off; people must see which."""
    if delivery.held:
        return HELD
    if delivery.state in (State.WAITING, State.CLAIMED):
        if delivery.not_before and delivery.not_before > now:
            return PUT_OFF
        if delivery.due_at < now - OVERDUE:
            return FILM if films.waiting(Delivery.objects.filter(pk=delivery.pk)).exists() else LATE
    return STATES[State(delivery.state)]
