#include "ui/style/glossary.h"

#include <QCoreApplication>
#include <QStringList>

namespace perceiver::ui {

namespace {

struct Row {
    const char *word, *shown, *sentence, *source;
};

#define TERM(words) QT_TRANSLATE_NOOP("Glossary", words)

// The order in which a tooltip explains several: first what is read, then who reads it, then what is made of it.
const Row kRows[] = {
    {TERM("Input array"), TERM("input arrays?|\\binputs? ×"),
     TERM("All that the model reads, as one array M × C: a row for each pixel, patch, sample or point, in any order."),
     "section 3.1"},
    {TERM("Element"), TERM("\\belements?\\b"), TERM("One row of the input array: what is there, and where."),
     "section 3.1"},
    {TERM("Position features"), TERM("\\bposition features\\b"),
     TERM("What an element carries beside its data to say where it is: all that the model knows of places."),
     "section 3.2"},
    {TERM("Fourier features"), TERM("\\bFourier\\b|\\bFF\\b"),
     TERM("A place as sines and cosines of it, from coarse to fine, beside the place itself."), "section 3.2"},
    {TERM("Learned positions"), TERM("\\blearned (positions|pos\\.)"),
     TERM("A place as a vector of its own that was learned, with nothing said of what lies beside it."), "section 3.2"},
    {TERM("Latent array"), TERM("\\blatent array"),
     TERM("A few learned vectors, N × D, that read the input array; their number does not grow with the input."),
     "section 3.1"},
    {TERM("Latent"), TERM("\\blatents?\\b(?! (array|transformer|block|difference))"),
     TERM("One row of the latent array: it asks the input array, and its map shows where it looked."), "section 3.1"},
    {TERM("Cross-attend"), TERM("\\bcross-attends?\\b"),
     TERM("The latents ask and the input array answers, softmax(QKᵀ / √d) V, at a cost that grows with M × N and "
          "not with M²."),
     "section 3.1"},
    {TERM("Self-attention"), TERM("\\bself-attention\\b"),
     TERM("Every element attends to every other, with M × M logits, where a cross-attend has M × N."), "section 3.1"},
    {TERM("GFLOP"), TERM("\\bGFLOP\\b"),
     TERM("10⁹ operations, counted as the paper counts them: 2 a multiply-add and 3 an attention logit."), "table 5"},
    {TERM("Latent transformer"), TERM("\\blatent (transformer|block)s?\\b"),
     TERM("The latents talk among themselves, at the same cost whatever the size of the input."), "section 3.1"},
    {TERM("Decoder"), TERM("\\bdecoder\\b"),
     TERM("One more cross-attend, in which a learned query asks the latents for the answer."),
     "Perceiver IO, Jaegle et al. 2021"},
    {TERM("Query"), TERM("\\bquery\\b"), TERM("What a latent asks with: its row of the latent array, projected."),
     "section 3.1"},
    {TERM("Key"), TERM("\\bkey(?= K\\b|, value)"),
     TERM("What an element is asked by: its row of the input array, projected."),
     "section 3.1"},
    {TERM("Value"), TERM("\\bvalue V\\b|, value\\b"),
     TERM("What an element gives to who reads it: its row of the input array, projected once more."),
     "section 3.1"},
    {TERM("Head"), TERM("\\bheads?\\b"),
     TERM("One of several attentions side by side, each with queries, keys and values of its own."),
     "appendix C"},
    {TERM("Weight sharing"), TERM("\\bshar(ed|ing)\\b"),
     TERM("Parts that use the same weights: in the paper all cross-attends but the first, and all latent "
          "transformers."),
     "section 3.1"},
    {TERM("Attention"), TERM("(?<!raw )(?<!of )(?<!self-)\\battention\\b(?! in sight)|^Probability$"),
     TERM("How much a latent reads of each element: the softmax of its scores, which sums to 1 over the input array."),
     "section 3.1"},
    {TERM("Share of attention"), TERM("\\bof attention\\b"),
     TERM("How the attention over the whole input array is divided among the senses: it sums to 1 over all of them."),
     "section 3.1"},
    {TERM("Logit"), TERM("\\b(logit|score)s?\\b"),
     TERM("A score before the softmax: of a query with a key, or of a class."), "section 3.1"},
    {TERM("Times uniform"), TERM("\\buniform\\b"),
     TERM("Attention × M: 1 is what each element gets where all are read alike."),
     "section 3.1"},
    {TERM("Entropy"), TERM("\\bentropy\\b"),
     TERM("The bits that a latent's attention is spread on: 0 is one element alone, log₂ M all of them alike."),
     "Shannon 1948"},
    {TERM("Attention in sight"), TERM("\\battention in sight\\b"),
     TERM("The mass of a latent's attention, which is 1 in all, that falls on what the view shows."), "section 3.1"},
    {TERM("Likeness"), TERM("\\blikeness\\b"),
     TERM("The similarity of two latents' maps, place by place, as the cosine between them: 1 is the same shape, "
          "whatever the scale."),
     "as maps are compared in figure 3"},
    {TERM("Clusters"), TERM("\\bcluster(s|ed)\\b"),
     TERM("Latents with like maps beside each other, joined by average linkage."),
     "Sokal & Michener 1958"},
    {TERM("Difference"), TERM("^Difference$|, less "),
     TERM("One map less another, place by place, on colours that part at 0."),
     "as maps are compared in figure 3"},
    {TERM("Relevance"), TERM("\\brelevance\\b"),
     TERM("Every attention weighted by its gradient for one class, through all layers: what spoke for that class."),
     "Chefer, Gur & Wolf 2021"},
    {TERM("Rollout"), TERM("\\brollout\\b"),
     TERM("Attention followed back through all layers, every residual kept half: where the answer could have come "
          "from."),
     "Abnar & Zuidema 2020"},
    {TERM("Raw attention"), TERM("\\braw attention\\b"),
     TERM("The mean over latents, heads and cross-attends of what they read, as it is."), "appendix E"},
    {TERM("Deletion"), TERM("\\bdeletion\\b"),
     TERM("The probability of the class as those elements are taken away that the map ranks first: a good map makes "
          "it fall early."),
     "Petsiuk, Das & Saenko 2018"},
    {TERM("Insertion"), TERM("\\binsertion\\b"),
     TERM("The probability of the class as those elements alone are given that the map ranks first: a good map "
          "makes it rise early."),
     "Petsiuk, Das & Saenko 2018"},
    {TERM("Positions travel"), TERM("\\bpositions travel\\b|shuffled, travel"),
     TERM("Every element keeps its position features and both are shuffled together, the paper's protocol: to a "
          "Perceiver the "
          "same set."),
     "section 4.1"},
    {TERM("Positions stay"), TERM("\\bpositions stay\\b|shuffled, stay"),
     TERM("The elements move and the position features do not, as where the pixels of the file itself are shuffled."),
     "the contrast to section 4.1"},
    {TERM("No positions"), TERM("\\bno positions\\b|shuffled, none"),
     TERM("The learned model without its position features: a set whose elements do not say where they are."),
     "section 3.2"},
    {TERM("Trained shuffled"), TERM("\\btrained shuffled\\b|\\bpermuted\\b"),
     TERM("Trained and tested under one fixed shuffle of the pixels, which is not the same as shuffled only at the "
          "test."),
     "table 2"},
    {TERM("Receptive field"), TERM("\\breceptive field\\b"),
     TERM("How many elements one unit of the first layer reads: of a ResNet a small window, of a Perceiver all of "
          "them."),
     "table 2"},
    {TERM("Table 2"), TERM("\\btable 2\\b"),
     TERM("What one fixed shuffle of all pixels costs each architecture: a Perceiver nothing."),
     "section 4.1, table 2"},
    {TERM("Float noise"), TERM("\\bfloat noise\\b|\\bfloat64\\b"),
     TERM("What rounding leaves: the same sum in another order rounds otherwise, in float64 by far less than in "
          "float32."),
     "Goldberg 1991"},
    {TERM("Solo"), TERM("\\bsolo\\b"),
     TERM("The sound with every time and pitch as loud as it is read, after the attention maps of the paper."),
     "appendix E"},
};

#undef TERM

QString rich(const QString& words) {
    return words.startsWith('<') ? words : words.toHtmlEscaped().replace('\n', QLatin1String("<br>"));
}

}  // namespace

const std::vector<Term>& glossary() {
    static const std::vector<Term> terms = [] {
        const auto tr = [](const char* words) { return QCoreApplication::translate("Glossary", words); };
        std::vector<Term> all;
        for (const Row& row : kRows)
            all.push_back({tr(row.word),
                           QRegularExpression(tr(row.shown), QRegularExpression::CaseInsensitiveOption |
                                                                 QRegularExpression::MultilineOption),
                           tr(row.sentence), QString::fromUtf8(row.source)});
        return all;
    }();
    return terms;
}

QString explained(const QString& says, const QString& shown) {
    QStringList parts;
    if (!says.isEmpty()) parts << rich(says);
    for (const Term& term : glossary())
        if (term.shown.match(shown).hasMatch())
            parts << QStringLiteral("<b>%1</b> · %2 <i>(%3)</i>")
                         .arg(term.word, term.sentence.toHtmlEscaped(), term.source.toHtmlEscaped());
    if (parts.isEmpty()) return {};
    const QString between = QStringLiteral("</div><div style=\"margin-top:6px\">");
    return QStringLiteral("<div>") + parts.join(between) + QStringLiteral("</div>");
}

}  // namespace perceiver::ui
