"""What may be wrong in a definition: every sentence in both languages, and the place it speaks of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ERROR_SENTENCES: Final[dict[str, dict[str, str]]] = {
    # The file and its place.
    "folder_missing": {
        "en": "This folder does not exist. Give the folder that holds one sub-folder per questionnaire.",
        "fr": "Ce dossier n’existe pas. Indiquez le dossier qui contient un sous-dossier par questionnaire.",
    },
    "wrong_place": {
        "en": "A definition lives in a folder named after its key: move this file to {expected}.",
        "fr": "Une définition se range dans le dossier qui porte sa clé\u00a0: déplacez ce fichier vers {expected}.",
    },
    "unreadable": {
        "en": "The file cannot be read ({reason}). Check that it exists and that its permissions allow reading.",
        "fr": "Le fichier est illisible ({reason}). Vérifiez qu’il existe et que ses droits permettent de le lire.",
    },
    "too_large": {
        "en": "The file is larger than {limit} bytes. Split the questionnaire in two.",
        "fr": "Le fichier dépasse {limit} octets. Partagez le questionnaire en deux.",
    },
    "not_utf8": {
        "en": "The file is not written in UTF-8. Save it again with the UTF-8 encoding.",
        "fr": "Le fichier n’est pas écrit en UTF-8. Enregistrez-le de nouveau avec l’encodage UTF-8.",
    },
    # The YAML itself.
    "malformed": {
        "en": "The YAML cannot be read here: {reason}. Check indentation, colons and closing quotes.",
        "fr": "Le YAML est illisible ici\u00a0: {reason}. Vérifiez l’alinéa, les deux-points et les "
        "guillemets fermants.",
    },
    "empty_document": {
        "en": "The file is empty. Start it with the key, the version and the title of the questionnaire.",
        "fr": "Le fichier est vide. Commencez-le par la clé, la version et le titre du questionnaire.",
    },
    "several_documents": {
        "en": "The file holds several documents. Keep one definition in a file and remove the “---” between them.",
        "fr": "Le fichier contient plusieurs documents. Gardez une définition par fichier et retirez les "
        "«\u00a0---\u00a0».",
    },
    "alias": {
        "en": "Anchors and aliases (& and *) are not accepted. Write the content out in full, or use “extends”.",
        "fr": "Les ancres et les alias (& et *) ne sont pas admis. Écrivez le contenu en entier, ou "
        "utilisez «\u00a0extends\u00a0».",
    },
    "tag": {
        "en": "YAML tags and directives are not accepted. Remove this one.",
        "fr": "Les étiquettes et les directives YAML ne sont pas admises. Retirez celle-ci.",
    },
    "too_deep": {
        "en": "The content is nested more than {limit} levels deep. Check the indentation and the brackets.",
        "fr": "Le contenu est imbriqué sur plus de {limit} niveaux. Vérifiez l’alinéa et les crochets.",
    },
    "duplicate_field": {
        "en": "“{name}” is already written at line {first_line}. Keep one of the two.",
        "fr": "«\u00a0{name}\u00a0» figure déjà à la ligne {first_line}. Gardez l’un des deux.",
    },
    "field_name_not_text": {
        "en": "The name of a field must be a plain word. Replace this one.",
        "fr": "Le nom d’un champ doit être un simple mot. Remplacez celui-ci.",
    },
    "french_not_quoted": {
        "en": "Put the French text between double quotes, so that colons and \\_ (non-breaking space) are kept.",
        "fr": "Écrivez le texte français entre guillemets doubles, pour garder les deux-points et \\_ "
        "(espace insécable).",
    },
    # The shape of a definition.
    "missing_field": {
        "en": "“{name}” is missing. Add it here.",
        "fr": "«\u00a0{name}\u00a0» manque. Ajoutez-le ici.",
    },
    "unknown_field": {
        "en": "“{name}” is not a known field. Correct its spelling or remove it.",
        "fr": "«\u00a0{name}\u00a0» n’est pas un champ connu. Corrigez son orthographe ou retirez-le.",
    },
    "wrong_type": {
        "en": "Write {expected_en} here.",
        "fr": "Écrivez ici {expected_fr}.",
    },
    "not_a_choice": {
        "en": "“{given}” is not accepted here. Write one of: {choices}.",
        "fr": "«\u00a0{given}\u00a0» n’est pas admis ici. Écrivez l’une de ces valeurs\u00a0: {choices}.",
    },
    "bad_key": {
        "en": "“{given}” is not a valid key. Use lower-case letters, digits and “_”, starting with a letter.",
        "fr": "«\u00a0{given}\u00a0» n’est pas une clé valable. Utilisez minuscules, chiffres et "
        "«\u00a0_\u00a0», en commençant par une lettre.",
    },
    "bad_reference": {
        "en": "“{given}” does not name a version. Write the key, “@” and the version number: annual_review@1.",
        "fr": "«\u00a0{given}\u00a0» ne désigne pas une version. Écrivez la clé, «\u00a0@\u00a0» et le "
        "numéro\u00a0: annual_review@1.",
    },
    "too_small": {
        "en": "{given} is too small. Write a whole number of at least {low}.",
        "fr": "{given} est trop petit. Écrivez un nombre entier d’au moins {low}.",
    },
    "too_great": {
        "en": "{given} is too great. Write a whole number of at most {high}.",
        "fr": "{given} est trop grand. Écrivez un nombre entier d’au plus {high}.",
    },
    "too_long": {
        "en": "This is too long. Keep at most {high}.",
        "fr": "C’est trop long. Gardez-en au plus {high}.",
    },
    "empty_text": {
        "en": "The text is empty. Write it in this language too.",
        "fr": "Le texte est vide. Écrivez-le aussi dans cette langue.",
    },
    "text_edges": {
        "en": "The text begins or ends with a space or a line break. Remove it.",
        "fr": "Le texte commence ou finit par une espace ou un saut de ligne. Retirez-la.",
    },
    "forbidden_character": {
        "en": "The text holds the invisible character {character}. Remove it.",
        "fr": "Le texte contient le caractère invisible {character}. Retirez-le.",
    },
    "french_spacing": {
        "en": "French puts a non-breaking space (\\_) around “{mark}”: correct “{excerpt}”.",
        "fr": "Le français met une espace insécable (\\_) contre «\u00a0{mark}\u00a0»\u00a0: corrigez "
        "«\u00a0{excerpt}\u00a0».",
    },
    # What the parts say together.
    "scale_ends": {
        "en": "The scale ends at {max}, not above its start {min}. Make “max” greater than “min”.",
        "fr": "L’échelle finit à {max}, pas au-dessus de son début {min}. Donnez à «\u00a0max\u00a0» une "
        "valeur supérieure à «\u00a0min\u00a0».",
    },
    "unknown_scale": {
        "en": "The scale “{name}” is not defined. Add it under “scales” or write one of: {choices}.",
        "fr": "L’échelle «\u00a0{name}\u00a0» n’est pas définie. Ajoutez-la sous «\u00a0scales\u00a0» ou "
        "écrivez\u00a0: {choices}.",
    },
    "no_scale": {
        "en": "This question has no scale. Name one with “scale”, or give the definition a “default_scale”.",
        "fr": "Cette question n’a pas d’échelle. Nommez-en une avec «\u00a0scale\u00a0», ou donnez un "
        "«\u00a0default_scale\u00a0» à la définition.",
    },
    "no_indicator": {
        "en": "A rating feeds an indicator. Add “indicator”, or use the kind “recommendation” or “open”.",
        "fr": "Une note alimente un indicateur. Ajoutez «\u00a0indicator\u00a0», ou choisissez le genre "
        "«\u00a0recommendation\u00a0» ou «\u00a0open\u00a0».",
    },
    "indicator_not_allowed": {
        "en": "Only a rating feeds an indicator. Remove “indicator”, or use the kind “rating”.",
        "fr": "Seule une note alimente un indicateur. Retirez «\u00a0indicator\u00a0», ou choisissez le "
        "genre «\u00a0rating\u00a0».",
    },
    "unknown_indicator": {
        "en": "The indicator “{name}” is not in the catalogue. Correct the key{suggestion_en}.",
        "fr": "L’indicateur «\u00a0{name}\u00a0» n’est pas au catalogue. Corrigez la clé{suggestion_fr}.",
    },
    "recommendation_scale": {
        "en": "A recommendation is asked from 0 to 10. Use a scale with “min: 0” and “max: 10”.",
        "fr": "Une recommandation se demande de 0 à 10. Utilisez une échelle avec «\u00a0min: 0\u00a0» "
        "et «\u00a0max: 10\u00a0».",
    },
    "open_has_scale": {
        "en": "An open question has neither scale nor comment. Remove “{name}”.",
        "fr": "Une question ouverte n’a ni échelle ni commentaire. Retirez «\u00a0{name}\u00a0».",
    },
    "duplicate_key": {
        "en": "The key “{name}” is already used at {first_path}. Give each section and question a key of its own.",
        "fr": "La clé «\u00a0{name}\u00a0» sert déjà en {first_path}. Donnez une clé propre à chaque "
        "partie et question.",
    },
    "no_rated_question": {
        "en": "No question feeds an indicator. Add at least one question of the kind “rating”.",
        "fr": "Aucune question n’alimente un indicateur. Ajoutez au moins une question du genre «\u00a0rating\u00a0».",
    },
    "empty_section": {
        "en": "The section “{name}” has no question left. Add one, or remove the section.",
        "fr": "La partie «\u00a0{name}\u00a0» n’a plus de question. Ajoutez-en une, ou retirez la partie.",
    },
    # Composition.
    "unknown_base": {
        "en": "“{name}” cannot be extended: no such version here. Available: {choices}.",
        "fr": "«\u00a0{name}\u00a0» ne peut pas servir de base\u00a0: version inconnue ici. "
        "Disponibles\u00a0: {choices}.",
    },
    "broken_base": {
        "en": "“{name}”, which this definition extends, has errors of its own. Correct it first.",
        "fr": "«\u00a0{name}\u00a0», la base de cette définition, contient des erreurs. Corrigez-la d’abord.",
    },
    "circular_base": {
        "en": "This definition ends up extending itself ({chain}). Extend another version.",
        "fr": "Cette définition finit par s’étendre elle-même ({chain}). Choisissez une autre base.",
    },
    "too_many_bases": {
        "en": "More than {limit} versions extend one another here. Write one of them in full.",
        "fr": "Plus de {limit} versions se prolongent ici l’une l’autre. Écrivez l’une d’elles en entier.",
    },
    "nothing_to_remove": {
        "en": "“{name}” is no section or question of the base. Correct the key or remove the line.",
        "fr": "«\u00a0{name}\u00a0» n’est ni une partie ni une question de la base. Corrigez la clé ou "
        "retirez la ligne.",
    },
    "unknown_neighbour": {
        "en": "“{name}” does not stand here, so nothing can follow it. Write one of: {choices}.",
        "fr": "«\u00a0{name}\u00a0» ne figure pas ici, rien ne peut le suivre. Écrivez l’une de ces "
        "clés\u00a0: {choices}.",
    },
    "after_not_allowed": {
        "en": "“after” only serves in a definition that extends another. Put this where it belongs and remove “after”.",
        "fr": "«\u00a0after\u00a0» ne sert que dans une définition qui en étend une autre. Placez ceci "
        "au bon endroit et retirez «\u00a0after\u00a0».",
    },
    # Publication.
    "published_changed": {
        "en": "{name} is published and must not change. Restore the file, and put the change in a new version {next}.",
        "fr": "{name} est publié et ne doit plus changer. Rétablissez le fichier et portez la "
        "modification dans une version {next}.",
    },
    "published_missing": {
        "en": "{name} is published but its file is gone. Restore {expected}.",
        "fr": "{name} est publié mais son fichier a disparu. Rétablissez {expected}.",
    },
    "lock_malformed": {
        "en": "A line of the lock reads “<64 hexadecimal digits>  <key>@<version>”. Restore the file from its history.",
        "fr": "Une ligne du verrou s’écrit «\u00a0<64 chiffres hexadécimaux>  <clé>@<version>\u00a0». "
        "Rétablissez le fichier depuis son historique.",
    },
    "lock_duplicate": {
        "en": "{name} is written twice in the lock. Restore the file from its history.",
        "fr": "{name} figure deux fois dans le verrou. Rétablissez le fichier depuis son historique.",
    },
    "not_valid": {
        "en": "This is not accepted: {reason}. Correct it as the schema says (schema.json).",
        "fr": "Ceci n’est pas admis\u00a0: {reason}. Corrigez selon le schéma (schema.json).",
    },
}


Place = tuple[str | int, ...]


def written_path(place: Place) -> str:
    """Write a place the way an author reads it: sections[0].questions[2].text.fr."""
    written = ""
    for step in place:
        written += f"[{step}]" if isinstance(step, int) else f".{step}" if written else step
    return written


@dataclass(frozen=True)
class DefinitionError:
    """One mistake of one file, with its place and a sentence that says what to do."""

    kind: str
    file: Path
    line: int
    path: str
    values: dict[str, object] = field(default_factory=dict, hash=False)

    @property
    def message(self) -> str:
        """Say in English what to do."""
        return self.in_language("en")

    def in_language(self, language: str) -> str:
        """Say in French or in English what to do."""
        return ERROR_SENTENCES[self.kind][language].format_map(self.values)

    def __str__(self) -> str:
        place = f" {self.path}:" if self.path else ""
        return f"{self.file}:{self.line}:{place} {self.message}"


class DefinitionErrors(Exception):
    """All the mistakes of a set of definitions at once."""

    def __init__(self, errors: Sequence[DefinitionError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))
