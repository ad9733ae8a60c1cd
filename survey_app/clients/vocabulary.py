"""The words of contact lists, French and English: what exports call their columns, and what stands in them."""

import re
from collections.abc import Mapping
from enum import StrEnum

from survey_app.clients.models import Civility, ContactRole


class Column(StrEnum):
    """What a column of a list may hold."""

    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    ROLE = "role"
    CIVILITY = "civility"
    JOB_TITLE = "job_title"
    LANGUAGE = "language"
    IS_SIGNATORY = "is_signatory"
    IS_OPPOSED = "is_opposed"


# Headings in small letters and digits, words a space apart. Outlook, Google, HubSpot, Salesforce, Brevo, Sellsy,
# Mailchimp and LimeSurvey, in French and English.
HEADINGS: Mapping[Column, re.Pattern[str]] = {
    Column.IS_OPPOSED: re.compile(
        r".*\b(unsub\w*|desinscri\w*|desabonn\w*|opt(ed)? ?out|optedout|optout|has ?opted ?out\w*|block ?list\w*"
        r"|black ?list\w*|liste noire|bloque\w*|ne souhaite (pas|plus)|do not (contact|e ?mail|mail|send)"
        r"|donotemail|donotcontact|ne (pas|plus) (contacter|solliciter|ecrire|envoyer|demarcher)\w*|oppos\w+"
        r"|e ?mail ?status|statut (de l |de |d )?(e ?mail|adresse|abonnement)"
        r"|refus\w* (e ?mails?|courriels?|prospection))\b.*"
    ),
    Column.EMAIL: re.compile(
        r"((adresse|address) )?((de|d) )?(e ?mail|mail|courriel|messagerie|electronique)( ?(1|pro|principal\w*|work))?"
        r"( (value|valeur|address|adresse))?|(primary|work|business|main) e ?mail( address)?"
        r"|adresse (de )?(messagerie|courriel|electronique|e ?mail|mail)( 1)?"
        r"|(e ?)?mail (professionnel|principal|primaire|travail|bureau)"
        r"|(courriel|adresse e ?mail) (professionnel|professionnelle|principale?)"
    ),
    Column.FIRST_NAME: re.compile(r"first ?name|given ?name|forename|fname|prenoms?|prenom du contact"),
    Column.LAST_NAME: re.compile(r"last ?name|surname|family ?name|lname|nom|nom de famille|nom du contact"),
    Column.NAME: re.compile(
        r"(full|display|contact|whole) ?name|name|contact|interlocuteur|nom (complet|affiche)|nom( et)? prenoms?"
        r"|prenoms?( et)? nom|nom prenom\w*( \w+)*|fn|file as"
    ),
    Column.CIVILITY: re.compile(
        r"civilite|civility|form of address|salutation|name prefix|prefixe?( du nom)?|honorific( prefix)?"
        r"|formule (d appel|de politesse)|title|titre"
    ),
    Column.JOB_TITLE: re.compile(
        r"job ?title|jobtitle|job|position|occupation|fonction|poste|profession|intitule (de |du )?poste|metier"
        r"|(organization|organisation|company)( 1)? (job )?title"
        r"|(titre|intitule) (du poste|de l organisation|professionnel)|qualite|title|titre"
    ),
    Column.ROLE: re.compile(
        r"roles?|service|department|departement|direction|fonction dans l enquete|role dans l enquete"
        r"|(organization|organisation)( 1)? department|attribute 1 (direction|service|role|departement|department)"
    ),
    Column.LANGUAGE: re.compile(
        r"language|langue|lang|locale|(preferred|native) language|langue (preferee|parlee)|hs language"
    ),
    Column.IS_SIGNATORY: re.compile(r"signatory|signs|signataire|is signatory|signe( pour le client)?"),
}
# A column that says who agreed: its « no » is an opposition.
AGREEMENTS = re.compile(
    r"(is )?(subscribed|abonnee?|abonnement|inscrit|opt ?in|optin|consent\w*)( (e ?mail\w*|newsletter|aux e ?mails?))?"
    r"|accepte les e ?mails?"
)

ROLES: Mapping[str, ContactRole] = {
    "marketing": ContactRole.MARKETING,
    "communication": ContactRole.MARKETING,
    "communications": ContactRole.MARKETING,
    "marque": ContactRole.MARKETING,
    "brand": ContactRole.MARKETING,
    "purchasing": ContactRole.PURCHASING,
    "procurement": ContactRole.PURCHASING,
    "achat": ContactRole.PURCHASING,
    "achats": ContactRole.PURCHASING,
    "management": ContactRole.MANAGEMENT,
    "general management": ContactRole.MANAGEMENT,
    "direction": ContactRole.MANAGEMENT,
    "direction generale": ContactRole.MANAGEMENT,
    "cost control": ContactRole.COST_CONTROL,
    "cost": ContactRole.COST_CONTROL,
    "controle de gestion": ContactRole.COST_CONTROL,
    "controlling": ContactRole.COST_CONTROL,
    "other": ContactRole.OTHER,
    "autre": ContactRole.OTHER,
}
CIVILITIES: Mapping[str, Civility] = {
    **dict.fromkeys(("madam", "madame", "mme", "ms", "mrs", "miss", "mlle", "mademoiselle", "f"), Civility.MADAM),
    **dict.fromkeys(("sir", "monsieur", "m", "mr", "h"), Civility.SIR),
    **dict.fromkeys(("neutral", "neutre"), Civility.NEUTRAL),
}
LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("fr", "fra", "fre", "francais", "french"), "fr"),
    **dict.fromkeys(("en", "eng", "anglais", "english"), "en"),
}
ANSWERS: Mapping[str, bool] = {
    **dict.fromkeys(("oui", "yes", "x", "1", "true", "vrai", "y", "o", "wahr"), True),
    **dict.fromkeys(("non", "no", "0", "false", "faux", "n"), False),
}
# What a column of oppositions says of those who may be written to.
REACHABLE = frozenset(
    {
        "ok",
        "subscribed",
        "abonne",
        "inscrit",
        "active",
        "actif",
        "valid",
        "valide",
        "none",
        "aucun",
        "not sent",
        "sent",
        "delivered",
    }
    | {"deliverable", "verified", "opened", "clicked"}
    | {word for word, is_yes in ANSWERS.items() if not is_yes}
)
# What says opposition whatever the column is called.
OPPOSITIONS = re.compile(
    r"opt(ed)? ?out|unsubscribed|desinscrite?s?|desabonnee?s?|block ?listed|black ?listed|opposee?s?"
    r"|ne pas (contacter|solliciter)|do not (contact|e ?mail)"
)
